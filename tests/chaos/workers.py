"""The workers of a chaos run, each with a folder, a token and a name of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

from fakes.one_process_worker import CLOCK_SHIFT_VARIABLE
from fakes.stub_segmenter import SECONDS_VARIABLE, write_stub_package
from fakes.worker_process import PYTHONPATH
from integration.orthanc_server import OrthancServer

NURSERY = Path(__file__).resolve().parents[1] / "fakes" / "worker_nursery.py"


def tokens(count: int) -> dict[str, str]:
    """Of so many workers, by name."""
    return {f"lab{number}": f"token-of-lab{number}-000000" for number in range(count)}


class Workers:
    """Started by a nursery, killed by it, frozen and thawed by it."""

    def __init__(self, folder: Path, addresses: dict[str, str], archive: OrthancServer) -> None:
        self._folder = folder
        self._model = write_stub_package(folder / "src")
        user, password = archive.worker
        self._shared = {
            **addresses,
            "ORTHANC_USER": user,
            "ORTHANC_PASSWORD": password,
            "MODEL_PATH": str(self._model),
            "POLL_INTERVAL": "1",
            SECONDS_VARIABLE: "0.2",
        }
        self._nursery = subprocess.Popen(
            [sys.executable, str(NURSERY)],
            env={"PATH": os.environ["PATH"], "PYTHONPATH": PYTHONPATH, "LANG": "C.UTF-8"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def start(self, name: str, token: str, *, clock_shift_seconds: float = 0.0) -> None:
        folder = self._folder / name
        folder.mkdir(exist_ok=True)
        own = {
            "WORKER_NAME": name,
            "WORKER_TOKEN": token,
            "SPOOL_DIR": str(folder / "spool"),
            CLOCK_SHIFT_VARIABLE: str(clock_shift_seconds),
        }
        self._order(start=name, folder=str(folder), environment=self._shared | own)

    def kill(self, name: str) -> None:
        self._order(signal=name, number=signal.SIGKILL)

    def freeze(self, name: str) -> None:
        """As a machine that sleeps: it comes back with what it had in hand."""
        self._order(signal=name, number=signal.SIGSTOP)

    def thaw(self, name: str) -> None:
        self._order(signal=name, number=signal.SIGCONT)

    def has_finished(self, name: str) -> bool:
        """Whether it holds a result right now that the queue does not know of."""
        return any((self._folder / name / "spool").glob("worker-*/finished/*"))

    def said(self, text: str) -> int:
        """How often any of them logged it."""
        logs = self._folder.glob("*/worker.log")
        return sum(log.read_text(encoding="utf-8").count(text) for log in logs)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._nursery.communicate(timeout=30)  # its end of input ends all

    def _order(self, **order: object) -> None:
        assert self._nursery.stdin is not None
        assert self._nursery.stdout is not None
        self._nursery.stdin.write(json.dumps(order) + "\n")
        self._nursery.stdin.flush()
        answer = self._nursery.stdout.readline()
        assert json.loads(answer)["done"], order
