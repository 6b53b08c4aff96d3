"""Starts the worker with the `.env` and the model that lie beside this script."""

import sys
from pathlib import Path

from segrelay_worker.__main__ import main

if __name__ == "__main__":
    sys.exit(main(folder=Path(__file__).resolve().parent))
