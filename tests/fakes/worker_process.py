"""The stub worker as a process of its own, to be stopped and killed by tests."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from fakes.stub_segmenter import WAIT_FILE_VARIABLE, write_stub_package
from integration.polling import until

ROOT = Path(__file__).resolve().parents[2]
PYTHONPATH = os.pathsep.join(str(ROOT / part) for part in ("contract", "worker", "tests"))
STUB_FORMATS = "fakes.stub_segmenter:STUB_FORMATS"
GO = "go"


class WorkerProcess:
    """Runs in `folder`, which holds its model package, its spool and its log."""

    def __init__(
        self, folder: Path, settings: Mapping[str, str], *, formats: str = STUB_FORMATS
    ) -> None:
        self.log_path = folder / "worker.log"
        script = Path(__file__).with_name("stub_worker.py")
        environment = {"PATH": os.environ["PATH"], "PYTHONPATH": PYTHONPATH, **settings}
        with self.log_path.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, str(script), str(folder), formats],
                env=environment,
                cwd=folder,
                stdout=log,
                stderr=log,
            )

    @property
    def log(self) -> str:
        return self.log_path.read_text(encoding="utf-8")

    def inference_pid(self) -> int:
        """The process that runs the model; multiprocessing keeps another one for itself."""
        tasks = Path(f"/proc/{self.process.pid}/task")
        children = " ".join(path.read_text() for path in tasks.glob("*/children")).split()
        [pid] = [int(child) for child in children if b"spawn_main" in _command(int(child))]
        return pid

    def signal(self, number: signal.Signals = signal.SIGTERM) -> None:
        self.process.send_signal(number)

    def exit_status(self) -> int:
        return self.process.wait(60)

    def wait_for_log(self, text: str) -> None:
        until(lambda: text in self.log, what=lambda: f"{text!r} in {self.log}")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.process.kill()
        self.process.wait()


def stub_settings(folder: Path, *, api_url: str, orthanc_url: str) -> dict[str, str]:
    """Settings of a worker with a stub package; inference waits for `let_infer`."""
    return {
        "DJANGO_API_URL": api_url,
        "WORKER_TOKEN": "token-of-lab1",
        "ORTHANC_URL": orthanc_url,
        "ORTHANC_USER": "orthanc",
        "ORTHANC_PASSWORD": "secret-of-orthanc",
        "MODEL_PATH": str(write_stub_package(folder / "src")),
        "POLL_INTERVAL": "1",
        WAIT_FILE_VARIABLE: str(folder / GO),
    }


def let_infer(folder: Path) -> None:
    """From now on no inference of that worker waits."""
    (folder / GO).touch()


def is_running(pid: int) -> bool:
    """Whether a process still does anything; one that only waits to be collected does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):  # the latter while it is being collected
        return False
    return state not in {"Z", "X"}


def _command(pid: int) -> bytes:
    return Path(f"/proc/{pid}/cmdline").read_bytes()
