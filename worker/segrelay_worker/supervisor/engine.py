from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import replace
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
    Look,
    Progress,
    Ready,
    Seen,
)
from segrelay_worker.inference.outcome import SeriesOutcome
from segrelay_worker.logs import fields
from segrelay_worker.supervisor.abort import Abort
from segrelay_worker.supervisor.inference_child import InferenceChild
from segrelay_worker.supervisor.model_files import Stamp, stamp_of
from segrelay_worker.supervisor.quarantine import BAD_ENDS, BadEnd, Offers, Quarantine

_log = logging.getLogger(__name__)

Report = Callable[[Stage, float], None]

LOOK_AGAIN_SECONDS = 600.0  # at models that were left out for what may have passed

# What the process has said is not true any more: a model is gone or changed on disk, or the device
# is, which may be there again for a new process.
_OUTLIVED = frozenset(
    {
        ErrorCode.DEVICE_UNAVAILABLE,
        ErrorCode.MODEL_UNREADABLE,
        ErrorCode.MODEL_MISCODED,
        ErrorCode.MODEL_CHECKSUM_MISMATCH,
    }
)


class Engine:
    """Owns the inference process, which may crash or be killed without harm to the worker.

    `start` and `run` belong to one thread, which must live as long as the process: Linux ends
    the process together with the thread that started it. `kill_job` and `close` are for all.
    """

    def __init__(self, order: EngineOrder, clock: Callable[[], float] = time.monotonic) -> None:
        self._order = order
        self._clock = clock
        self._looked_at = 0.0
        self._child: InferenceChild | None = None
        self._ready: Ready | None = None
        self._stamp: Stamp | None = None  # of the models' files when they were looked at last
        self._has_loaded = False
        self._quarantine = Quarantine()
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

    def start(self) -> Offers:
        """Load the models unless the process has them as they are on disk; say which can be run.

        Raises PermanentError if no model package can be used, BlockedError if one could be before:
        somebody may be at work on it. TransientError engine_killed or engine_died if the process
        ended without a word.
        """
        if self._has_new_files():
            self._end()
        if self._ready is not None and not self._offers(self._ready).models:
            return self._offers(self._ready)  # nothing is left to load
        try:
            return self._offers(self._running())
        except PermanentError as error:
            if not self._has_loaded:
                raise
            raise _blocked(error) from error

    def _offers(self, ready: Ready) -> Offers:
        sorted_out = self._quarantine.sorted_out(ready.offers)
        return replace(sorted_out, device_memory_bytes=ready.device_memory_bytes)

    def _has_new_files(self) -> bool:
        """Whether models must be loaded anew, for which there is no need while they are whole."""
        before, self._stamp = self._stamp, stamp_of(self._order.model_path)
        if before == self._stamp and not self._is_time_for_another_look():
            return False
        self._looked_at = self._clock()
        if self._child is None or not self._child.is_alive():
            return True
        self._child.send(Look())
        match self._child.receive():
            case Seen(is_new):
                return is_new
            case other:
                raise TypeError(type(other).__name__)

    def _is_time_for_another_look(self) -> bool:
        is_worth_it = self._ready is not None and self._ready.is_worth_another_look
        return is_worth_it and self._clock() - self._looked_at >= LOOK_AGAIN_SECONDS

    def _end(self) -> None:
        if self._child is not None:
            self._child.end()
        self._ready = None

    def _running(self) -> Ready:
        if self._child is not None and self._ready is not None and self._child.is_alive():
            return self._ready
        self._end()
        self._child = InferenceChild(self._order)
        if self._closed:  # set while the process started: `close` could not see it yet
            self._child.kill()
        self._ready = _ready(self._child)
        self._has_loaded = True
        for offer in self._ready.offers:
            _log.info(
                "모델 준비 완료 (model ready)",
                extra=fields(model=offer.name, version=offer.version),
            )
        return self._ready

    def run(self, job: Job, *, report: Report, abort: Abort) -> SeriesOutcome:
        """Segment one series; `abort` kills the process at once.

        Raises what the process reports, TransientError engine_killed, engine_died or
        device_unavailable if it ends, PermanentError model_too_slow if its package's time is over,
        and the error of the abort.
        """
        self._busy = True  # before looking at the abort: one of the two sees the other
        abort.on_set(self.kill_job)
        try:
            ready = self._start_again(job.model)
            abort.raise_if_set()
            return self._noted_outcome(job, ready, report, abort)
        except (TransientError, BlockedError):
            abort.raise_if_set()
            raise
        finally:
            self._busy = False

    def _start_again(self, model: str) -> Ready:
        """The model that was offered when the request was claimed, or nothing.

        A model that cannot be loaded any more is the worker's fault, not the request's.
        """
        offered = self._ready
        try:
            ready = self._running()
        except (PermanentError, TransientError) as error:
            raise _blocked(error) from error
        if offered is not None and ready.digest(model) != offered.digest(model):
            raise BlockedError(
                ErrorCode.INTERNAL_ERROR,
                detail="the model package was changed after this request was claimed",
            )
        return ready

    def _noted_outcome(self, job: Job, ready: Ready, report: Report, abort: Abort) -> SeriesOutcome:
        """As `_outcome`; the quarantine hears of it."""
        offer = ready.offer(job.model)
        if offer is None:
            raise BlockedError(ErrorCode.INTERNAL_ERROR, detail=f"no model {job.model} is loaded")
        try:
            outcome = self._outcome(job, ready.limit_seconds[job.model], report)
        except (PermanentError, TransientError) as error:
            if error.code in BAD_ENDS:
                abort.raise_if_set()  # then it was us who ended it
                self._quarantine.note_bad_end(offer, BadEnd(job.request_id, error.code))
            raise
        except BlockedError as error:
            if error.code in _OUTLIVED:
                self._end()  # what can be offered now is found out anew
            raise
        self._quarantine.note_result(offer)
        return outcome

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

    def _outcome(self, job: Job, limit_seconds: float, report: Report) -> SeriesOutcome:
        if self._child is None:
            raise RuntimeError("run without start")
        self._child.send(job)
        over_at: float | None = None  # the process may have to load the model first
        while True:
            try:
                answer = self._child.receive(until=over_at)
            except TimeoutError:
                self._child.end()  # it must be gone before anybody asks whether it lives
                limit = {"seconds": f"{limit_seconds:g}"}
                raise PermanentError(ErrorCode.MODEL_TOO_SLOW, limit) from None
            match answer:
                case Progress(stage, fraction):
                    over_at = over_at or time.monotonic() + limit_seconds
                    report(stage, fraction)
                case Finished(outcome):
                    return outcome
                case Failed() as failure:
                    raise failure.error()


def _blocked(error: PermanentError | TransientError) -> BlockedError:
    return BlockedError(error.code, error.parameters, detail=error.detail)


def _ready(child: InferenceChild) -> Ready:
    match child.receive():
        case Ready() as ready:
            return ready
        case Failed() as failure:
            raise failure.error()
        case other:
            raise TypeError(type(other).__name__)
