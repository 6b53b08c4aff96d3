from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from fakes.worker_process import WorkerProcess

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "worker" / "local_inference_worker.py"


class ShippedWorker(WorkerProcess):
    """`worker/local_inference_worker.py` as the operator starts it."""

    def __init__(self, folder: Path, settings: dict[str, str]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.log_path = folder / "worker.log"
        with self.log_path.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, str(SCRIPT)],
                env={"PATH": os.environ["PATH"], "LANG": "C.UTF-8", **settings},
                cwd=folder,
                stdout=log,
                stderr=log,
            )
