"""`python -m tests.chaos [--db postgres] [--seconds 60] [--requests 500]` prints a line of JSON."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from chaos.run import holds, run_chaos
from chaos.settings import ChaosPlan


def main() -> int:
    """1 if anything was lost or done twice."""
    parser = argparse.ArgumentParser(description="The queue under random kills and cuts.")
    parser.add_argument("--db", choices=("sqlite", "postgres"), default="sqlite")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--requests", type=int, default=500)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    plan = ChaosPlan(asked.db, asked.requests, asked.seconds, seed=asked.seed)
    with tempfile.TemporaryDirectory() as folder:
        figures = run_chaos(plan, Path(folder))
    sys.stdout.write(json.dumps(figures) + "\n")
    return 0 if holds(figures) else 1


if __name__ == "__main__":
    sys.exit(main())
