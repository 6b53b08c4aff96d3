"""The real worker without its inference process: the model runs inside the supervisor.

Everything else is the worker's own: settings, claiming, leases, transfer, DICOM. Starting it costs
a fork instead of two interpreters, so that many can be killed each minute on a small machine.
"""

from __future__ import annotations

import os
import pkgutil
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self
from unittest import mock

from fakes.shifted_clock import shift_clock

from segrelay_contract.status import Stage
from segrelay_worker.inference.messages import EngineOrder, Job
from segrelay_worker.inference.outcome import SeriesOutcome
from segrelay_worker.inference.segment_series import segment_series
from segrelay_worker.segmenters.formats import open_segmenter
from segrelay_worker.segmenters.package import load_package
from segrelay_worker.service import run_service
from segrelay_worker.supervisor.abort import Abort
from segrelay_worker.supervisor.engine import Report
from segrelay_worker.supervisor.quarantine import Offers

CLOCK_SHIFT_VARIABLE = "CLOCK_SHIFT_SECONDS"
STUB_FORMATS = "fakes.stub_segmenter:STUB_FORMATS"


class InnerEngine:
    """What `Engine` is to the supervisor; an abort takes effect at the next report."""

    def __init__(self, order: EngineOrder) -> None:
        self._package = load_package(order.model_path)
        self._segmenter = open_segmenter(
            self._package, device=order.device, formats=pkgutil.resolve_name(order.formats)
        )

    def start(self) -> Offers:
        return Offers((self._package.offer(),))

    def run(self, job: Job, *, report: Report, abort: Abort) -> SeriesOutcome:
        def report_unless_aborted(stage: Stage, fraction: float) -> None:
            abort.raise_if_set()
            report(stage, fraction)

        return segment_series(
            inputs=job.inputs,
            results_folder=job.results_folder,
            package=self._package,
            segmenter=self._segmenter,
            threshold=job.threshold,
            run=job.run,
            supersedes=job.supersedes,
            report=report_unless_aborted,
            now=datetime.now().astimezone(),
        )

    def close(self) -> None:
        """There is no process to end."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def run(folder: Path) -> int:
    """As the worker's `main`, by this process's environment."""
    shift_clock(float(os.environ.get(CLOCK_SHIFT_VARIABLE, "0")))
    with mock.patch("segrelay_worker.supervisor.worker.Engine", InnerEngine):
        return run_service(folder=folder, formats=STUB_FORMATS)
