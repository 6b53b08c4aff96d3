"""The benchmarks start the real servers in the same way as the tests, with the tests' code."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
