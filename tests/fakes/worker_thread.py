"""The worker in a thread of the test, for what needs no process that is signalled or killed."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self
from unittest import mock

from fakes.one_process_worker import STUB_FORMATS, InnerEngine
from integration.polling import until

from segrelay_worker.logs import ROOT
from segrelay_worker.settings import load_settings
from segrelay_worker.supervisor.shutdown import Shutdown
from segrelay_worker.supervisor.worker import run_worker

LONGEST_SECONDS = 60.0


class WorkerThread(logging.Handler):
    """Runs in `folder` like `WorkerProcess`; a stop is what a signal would ask for."""

    def __init__(self, folder: Path, settings: Mapping[str, str]) -> None:
        super().__init__()
        self._lines: list[str] = []
        self._logger = logging.getLogger(ROOT)
        self._shutdown = Shutdown()
        self._thread = threading.Thread(
            target=run_worker,
            args=(load_settings(folder=folder, environment=settings),),
            kwargs={"formats": STUB_FORMATS, "shutdown": self._shutdown},
            daemon=True,
        )

    @property
    def log(self) -> str:
        return "\n".join(self._lines)

    def emit(self, record: logging.LogRecord) -> None:
        self._lines.append(record.getMessage())

    def stop(self) -> None:
        """One wish that it ends."""
        self._shutdown.ask()

    def wait_for_end(self) -> None:
        self._thread.join(LONGEST_SECONDS)
        assert not self._thread.is_alive()

    def wait_for_log(self, text: str) -> None:
        until(lambda: text in self.log, what=lambda: f"{text!r} in {self.log}")

    def __enter__(self) -> Self:
        self._logger.addHandler(self)
        self._level = self._logger.level
        self._logger.setLevel(logging.INFO)
        self._engine = mock.patch("segrelay_worker.supervisor.worker.Engine", InnerEngine)
        self._engine.start()
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
        self.stop()
        self._thread.join(LONGEST_SECONDS)
        self._engine.stop()
        self._logger.setLevel(self._level)
        self._logger.removeHandler(self)
