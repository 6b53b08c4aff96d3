"""The real worker with formats of its own: `stub_worker.py FOLDER [module:NAME]`."""

import sys
from pathlib import Path

from segrelay_worker.service import run_service

if __name__ == "__main__":
    formats = sys.argv[2] if len(sys.argv) > 2 else "fakes.stub_segmenter:STUB_FORMATS"
    sys.exit(run_service(folder=Path(sys.argv[1]), formats=formats))
