from __future__ import annotations

import errno
from collections import deque
from pathlib import Path
from uuid import UUID

import pytest
from fakes.claims import REQUEST_ID, claim, held_lease

from segrelay_contract.error_codes import ErrorCode
from segrelay_contract.results import FailureBody, SuccessBody
from segrelay_worker.errors import (
    BlockedError,
    CancelledError,
    LeaseLostError,
    PermanentError,
    TransientError,
)
from segrelay_worker.supervisor.abort import Abort
from segrelay_worker.supervisor.engine import Report
from segrelay_worker.supervisor.errors import StoppingError
from segrelay_worker.supervisor.kept_results import KeptResults
from segrelay_worker.supervisor.lease_keeper import SecondsLeft
from segrelay_worker.supervisor.patience import Patience
from segrelay_worker.supervisor.request_handler import HandlersQueue, RequestHandler
from segrelay_worker.supervisor.shutdown import Shutdown
from segrelay_worker.transfer.errors import QueueRefusedError, QueueUnreachableError
from segrelay_worker.transfer.queue_client import Claim, Renewal
from segrelay_worker.transfer.retrying import RetryPolicy

AT_ONCE = RetryPolicy(0.0, 0.0, give_up_after_seconds=60.0)


class _Queue:
    def __init__(self) -> None:
        self.completions: list[SuccessBody | FailureBody] = []
        self.releases = 0
        self.refusals: deque[Exception] = deque()  # of the next completions

    def update_status(self, *_: object, **__: object) -> Renewal:
        return Renewal(held_lease(renew_every_seconds=1e6), cancel_requested=False)

    def release(self, *_: object) -> None:
        self.releases += 1

    def complete(self, request_id: UUID, body: SuccessBody | FailureBody) -> None:
        assert request_id == REQUEST_ID
        if self.refusals:
            raise self.refusals.popleft()
        self.completions.append(body)


def handle(queue: HandlersQueue, error: Exception) -> BlockedError | None:
    """Handle a request whose work ends so."""

    def work(
        claim: Claim, *, report: Report, abort: Abort, seconds_left: SecondsLeft
    ) -> SuccessBody:
        raise error

    patience = Patience(AT_ONCE, AT_ONCE, AT_ONCE, AT_ONCE, AT_ONCE)
    handler = RequestHandler(
        queue=queue,
        work=work,
        results=KeptResults(Path("/nowhere")),
        shutdown=Shutdown(),
        patience=patience,
    )
    return handler.handle(claim())


@pytest.mark.parametrize(
    "error",
    [
        PermanentError(ErrorCode.WRONG_MODALITY, {"modality": "CT"}, detail="why"),
        TransientError(ErrorCode.ENGINE_DIED, detail="why"),
    ],
)
def test_a_failure_is_reported_with_its_code_and_whether_trying_again_helps(
    error: PermanentError | TransientError,
) -> None:
    queue = _Queue()
    handle(queue, error)
    [body] = queue.completions
    assert isinstance(body, FailureBody)
    assert body.error_code is error.code
    assert body.error_parameters == error.parameters
    assert body.error == "why"
    assert body.retryable is isinstance(error, TransientError)


def test_an_unforeseen_error_is_reported_without_its_message() -> None:
    queue = _Queue()
    handle(queue, ValueError("DOE^JANE"))
    [body] = queue.completions
    assert isinstance(body, FailureBody)
    assert body.error_code is ErrorCode.INTERNAL_ERROR
    assert body.retryable
    assert body.error.startswith("ValueError at ")
    assert "DOE" not in body.error


class _KnowsBetter(_Queue):
    """The lease is over by the time of its second renewal."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self._answers = deque([None, error])

    def update_status(self, *_: object, **__: object) -> Renewal:
        error = self._answers.popleft()
        if error is not None:
            raise error
        return super().update_status()


def test_a_refused_ticket_gives_the_request_back_and_stops_the_worker_for_a_while() -> None:
    queue = _Queue()
    blocked = handle(queue, BlockedError(ErrorCode.TICKET_REFUSED))
    assert blocked is not None
    assert "the clocks of their machines" in str(blocked)
    assert (queue.releases, queue.completions) == (1, [])


@pytest.mark.parametrize("error", [LeaseLostError(), CancelledError()])
def test_a_ticket_refused_because_the_lease_is_over_is_nobodys_fault(error: Exception) -> None:
    queue = _KnowsBetter(error)
    assert handle(queue, BlockedError(ErrorCode.TICKET_REFUSED)) is None
    assert (queue.releases, queue.completions) == (0, [])


@pytest.mark.parametrize("error", [LeaseLostError(), CancelledError()])
def test_a_request_that_is_no_longer_ours_is_dropped_without_a_word(error: Exception) -> None:
    queue = _Queue()
    handle(queue, error)
    assert not queue.completions
    assert not queue.releases


@pytest.mark.parametrize(
    "error",
    [
        BlockedError(ErrorCode.ARCHIVE_REFUSED, {"http_status": 401}),
        OSError(errno.ENOSPC, "No space left on device", "/spool/1 DOE^JANE"),
    ],
)
def test_what_every_request_would_meet_gives_it_back_and_is_told_to_the_worker(
    error: Exception,
) -> None:
    queue = _Queue()
    blocked = handle(queue, error)
    assert blocked is not None
    assert "DOE" not in str(blocked)
    assert queue.releases == 1
    assert not queue.completions


def test_an_error_of_a_decoder_is_no_fault_of_the_machine() -> None:
    queue = _Queue()
    assert handle(queue, OSError("broken data stream")) is None
    assert len(queue.completions) == 1


def test_a_stop_gives_the_request_back() -> None:
    queue = _Queue()
    handle(queue, StoppingError())
    assert queue.releases == 1
    assert not queue.completions


def test_a_report_without_answer_is_repeated() -> None:
    queue = _Queue()
    queue.refusals.append(QueueUnreachableError("timed out"))
    handle(queue, TransientError(ErrorCode.ENGINE_DIED))
    assert len(queue.completions) == 1


def test_a_report_that_the_queue_refuses_becomes_a_failure_with_the_reason() -> None:
    queue = _Queue()
    queue.refusals.append(QueueRefusedError("seconds is missing"))
    handle(queue, PermanentError(ErrorCode.SINGLE_SLICE))
    [body] = queue.completions
    assert isinstance(body, FailureBody)
    assert body.error_code is ErrorCode.INTERNAL_ERROR
    assert "seconds is missing" in body.error


def test_a_report_that_is_refused_twice_does_not_end_the_worker() -> None:
    queue = _Queue()
    queue.refusals.extend([QueueRefusedError("no"), QueueRefusedError("no")])
    handle(queue, PermanentError(ErrorCode.SINGLE_SLICE))
    assert not queue.completions


def test_a_lease_that_was_lost_before_the_report_ends_it() -> None:
    queue = _Queue()
    queue.refusals.append(LeaseLostError())
    handle(queue, PermanentError(ErrorCode.SINGLE_SLICE))
    assert not queue.completions
