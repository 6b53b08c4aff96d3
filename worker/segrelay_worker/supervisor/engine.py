from __future__ import annotations

import logging
from collections.abc import Callable
from types import TracebackType
from typing import Self

from segrelay_contract.error_codes import ErrorCode
from segrelay_contract.status import Stage
from segrelay_worker.errors import BlockedError, PermanentError, TransientError
from segrelay_worker.inference.messages import (
    EngineOrder,
    Failed,
    Finished,
    Job,
    Progress,
    Ready,
)
from segrelay_worker.inference.outcome import SeriesOutcome
from segrelay_worker.logs import fields
from segrelay_worker.supervisor.abort import Abort
from segrelay_worker.supervisor.inference_child import InferenceChild

_log = logging.getLogger(__name__)

Report = Callable[[Stage, float], None]


class Engine:
    """Owns the inference process, which may crash or be killed without harm to the worker.

    `start` and `run` belong to one thread, which must live as long as the process: Linux ends
    the process together with the thread that started it. `kill_job` and `close` are for all.
    """

    def __init__(self, order: EngineOrder) -> None:
        self._order = order
        self._child: InferenceChild | None = None
        self._ready: Ready | None = None
        self._busy = False
        self._closed = False

    def __enter__(self) -> Self:
        """Nothing is started before it is needed."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """No inference process outlives its supervisor."""
        self.close()

    def start(self) -> Ready:
        """Load the models unless the process has them.

        Raises PermanentError if no model package can be used, TransientError(ENGINE_DIED) if
        the process ended without a word.
        """
        if self._child is not None and self._ready is not None and self._child.is_alive():
            return self._ready
        if self._child is not None:
            self._child.end()
        self._ready = None
        self._child = InferenceChild(self._order)
        if self._closed:  # set while the process started: `close` could not see it yet
            self._child.kill()
        self._ready = _ready(self._child)
        for offer in self._ready.offers:
            _log.info(
                "모델 준비 완료 (model ready)",
                extra=fields(model=offer.name, version=offer.version),
            )
        return self._ready

    def run(self, job: Job, *, report: Report, abort: Abort) -> SeriesOutcome:
        """Segment one series; `abort` kills the process at once.

        Raises what the process reports, TransientError(ENGINE_DIED) if it dies, and the error of
        the abort.
        """
        self._busy = True  # before looking at the abort: one of the two sees the other
        abort.on_set(self.kill_job)
        try:
            self._start_again(job.model)
            abort.raise_if_set()
            return self._outcome(job, report)
        except (TransientError, BlockedError):
            abort.raise_if_set()
            raise
        finally:
            self._busy = False

    def _start_again(self, model: str) -> None:
        """The model that was offered when the request was claimed, or nothing.

        A model that cannot be loaded any more is the worker's fault, not the request's.
        """
        offered = self._ready
        try:
            ready = self.start()
        except (PermanentError, TransientError) as error:
            raise BlockedError(error.code, error.parameters, detail=error.detail) from error
        if offered is not None and ready.digest(model) != offered.digest(model):
            raise BlockedError(
                ErrorCode.INTERNAL_ERROR,
                detail="the model package was changed after this request was claimed",
            )

    def kill_job(self) -> None:
        """End the process if it works on a job; the next start makes a new one."""
        if self._busy:
            self._kill()

    def close(self) -> None:
        """End the process for good."""
        self._closed = True
        self._kill()

    def _kill(self) -> None:
        if self._child is not None:
            self._child.kill()

    def _outcome(self, job: Job, report: Report) -> SeriesOutcome:
        if self._child is None:
            raise RuntimeError("run without start")
        self._child.send(job)
        while True:
            match self._child.receive():
                case Progress(stage, fraction):
                    report(stage, fraction)
                case Finished(outcome):
                    return outcome
                case Failed() as failure:
                    raise failure.error()


def _ready(child: InferenceChild) -> Ready:
    match child.receive():
        case Ready() as ready:
            return ready
        case Failed() as failure:
            raise failure.error()
        case other:
            raise TypeError(type(other).__name__)
