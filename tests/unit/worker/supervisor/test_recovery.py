from __future__ import annotations

import pytest

from segrelay_contract.error_codes import ErrorCode
from segrelay_worker.errors import BlockedError, TransientError, WorkerError
from segrelay_worker.supervisor.abort import Abort, AbortReason
from segrelay_worker.supervisor.errors import StoppingError
from segrelay_worker.supervisor.recovery import Recovery
from segrelay_worker.transfer.retrying import RetryPolicy

REFUSED = BlockedError(ErrorCode.ARCHIVE_REFUSED, {"http_status": 401})
AWAY = TransientError(ErrorCode.ORTHANC_UNREACHABLE, detail="Connection refused")


class _Archive:
    """Fails as told, then answers."""

    def __init__(self, *failures: WorkerError) -> None:
        self._failures = list(failures)
        self.asked = 0

    def require_orthanc(self) -> None:
        self.asked += 1
        if self._failures:
            raise self._failures.pop(0)


class _Waiting(Abort):
    """Notes pauses instead of waiting."""

    def __init__(self) -> None:
        super().__init__()
        self.pauses: list[float] = []

    def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.raise_if_set()


def recovery(archive: _Archive, waiting: Abort) -> Recovery:
    return Recovery(archive=archive, policy=RetryPolicy(8.0, 32.0), waiting=waiting)


def within(pauses: list[float], *longest: float) -> bool:
    """Whether each pause is its longest, shortened by chance to no less than half."""
    return all(most / 2 <= pause <= most for pause, most in zip(pauses, longest, strict=True))


def test_a_request_that_was_handled_is_followed_by_the_next_at_once() -> None:
    archive, waiting = _Archive(), _Waiting()
    recovery(archive, waiting).after(None)
    assert not waiting.pauses
    assert archive.asked == 0


def test_after_a_blocked_request_the_archive_is_asked_until_it_answers() -> None:
    archive, waiting = _Archive(AWAY, REFUSED), _Waiting()
    recovery(archive, waiting).after(REFUSED)
    assert archive.asked == 3
    assert within(waiting.pauses, 8.0, 16.0, 32.0)


def test_pauses_grow_over_blocked_requests_and_shrink_after_a_handled_one() -> None:
    waiting = _Waiting()
    after = recovery(_Archive(), waiting).after
    for blocked in (REFUSED, REFUSED, REFUSED, REFUSED, None, REFUSED):
        after(blocked)
    assert within(waiting.pauses, 8.0, 16.0, 32.0, 32.0, 8.0)


def test_an_archive_that_wants_a_ticket_is_not_waited_for_until_it_needs_none() -> None:
    forbidden = BlockedError(ErrorCode.ARCHIVE_REFUSED, {"http_status": 403})
    archive, waiting = _Archive(AWAY, REFUSED, forbidden, AWAY), _Waiting()
    recovery(archive, waiting).after(REFUSED, needs_ticket=True)
    assert archive.asked == 3
    archive = _Archive(forbidden)
    recovery(archive, waiting).after(REFUSED)
    assert archive.asked == 2


def test_a_stop_ends_the_waiting() -> None:
    archive, waiting = _Archive(), Abort()
    waiting.set(AbortReason.STOPPING)
    with pytest.raises(StoppingError):
        Recovery(archive=archive, policy=RetryPolicy(600.0, 600.0), waiting=waiting).after(REFUSED)
    assert archive.asked == 0


def test_the_log_says_what_is_wrong_in_a_sentence(caplog: pytest.LogCaptureFixture) -> None:
    recovery(_Archive(), _Waiting()).after(REFUSED)
    assert "Orthanc refused the worker (HTTP status 401)" in caplog.text
