"""Starts the worker with the `.env` and the model that lie beside this script."""

import sys
from pathlib import Path

from segrelay_worker.service import run_service

if __name__ == "__main__":
    sys.exit(run_service(folder=Path(__file__).resolve().parent))
