from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from builders.claims import claim_next
from builders.queue_payloads import claimer, success_body, work

from segrelay_api.queue import transitions
from segrelay_api.queue.deduplication import Work
from segrelay_api.queue.errors import LeaseLostError, UnknownRequestError
from segrelay_api.queue.models import RequestEvent, SegmentationRequest
from segrelay_api.queue.transitions import MAX_ATTEMPTS
from segrelay_contract.error_codes import ErrorCode
from segrelay_contract.leases import ProgressBody
from segrelay_contract.requests import Priority
from segrelay_contract.results import FailureBody
from segrelay_contract.status import RequestStatus, Stage

pytestmark = pytest.mark.django_db

START = datetime(2026, 1, 1, tzinfo=UTC)
LEASE_SECONDS = 60.0
WITHIN_LEASE = START + timedelta(seconds=30)
AFTER_LEASE = START + timedelta(seconds=61)


def enqueue(number: int = 1) -> SegmentationRequest:
    request, _ = transitions.create_request(
        work=work(number), priority=Priority.ROUTINE, actor="somebody", now=START
    )
    return request


def claim(worker: str = "lab1", now: datetime = START) -> SegmentationRequest:
    request = claim_next(claimer=claimer(worker), lease_seconds=LEASE_SECONDS, now=now)
    assert request is not None
    return request


def reread(request: SegmentationRequest) -> SegmentationRequest:
    return SegmentationRequest.objects.get(pk=request.pk)


def event_kinds(request: SegmentationRequest) -> list[str]:
    events = RequestEvent.objects.filter(request=request).order_by("seq")
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    return [event.kind for event in events]


def failure(token: str, *, retryable: bool) -> FailureBody:
    return FailureBody(
        success=False,
        lease_token=token,
        error_code=ErrorCode.ENGINE_DIED if retryable else ErrorCode.MODEL_FAILED,
        error="detail",
        retryable=retryable,
    )


def test_a_second_press_returns_the_first_request() -> None:
    first = enqueue()
    second, deduplicated = transitions.create_request(
        work=work(), priority=Priority.ROUTINE, actor="somebody else", now=START
    )
    assert deduplicated
    assert second.pk == first.pk
    assert event_kinds(first) == ["create"]


def test_a_press_after_completion_returns_the_completed_request() -> None:
    enqueue()
    leased = claim()
    transitions.complete(
        request_id=leased.pk, worker="lab1", body=success_body(leased.lease_token), now=START
    )
    second, deduplicated = transitions.create_request(
        work=Work.of(reread(leased)),
        priority=Priority.ROUTINE,
        actor="somebody",
        now=START,
    )
    assert deduplicated
    assert second.pk == leased.pk


def test_a_failed_request_does_not_block_another_try() -> None:
    request = enqueue()
    leased = claim()
    transitions.fail(
        request_id=request.pk,
        worker="lab1",
        body=failure(leased.lease_token, retryable=False),
        now=START,
    )
    second = enqueue()
    assert second.pk != request.pk


def test_deleting_the_result_in_orthanc_allows_a_new_request() -> None:
    request = enqueue()
    leased = claim()
    transitions.complete(
        request_id=request.pk, worker="lab1", body=success_body(leased.lease_token), now=START
    )
    transitions.forget_results(series_id="seg-series", now=START)
    _, deduplicated = transitions.create_request(
        work=Work.of(reread(request)),
        priority=Priority.ROUTINE,
        actor="somebody",
        now=START,
    )
    assert not deduplicated


def test_progress_renews_the_lease_and_a_change_of_stage_is_an_event() -> None:
    enqueue()
    leased = claim()
    for progress in (0.1, 0.6):
        body = ProgressBody(
            lease_token=leased.lease_token, stage=Stage.INFERRING, progress=progress
        )
        transitions.report_progress(
            request_id=leased.pk,
            worker="lab1",
            body=body,
            lease_seconds=LEASE_SECONDS,
            now=WITHIN_LEASE,
        )
    renewed = reread(leased)
    assert renewed.lease_expires_at == WITHIN_LEASE + timedelta(seconds=LEASE_SECONDS)
    assert renewed.progress == 0.6
    assert event_kinds(leased) == ["create", "claim", "stage"]


@pytest.mark.parametrize(
    ("worker", "token", "now"),
    [
        ("lab1", "wrong", START),
        ("lab1", "", START),
        ("lab2", None, START),
        ("lab1", None, AFTER_LEASE),
    ],
    ids=["forged token", "no token", "another worker's token", "expired lease"],
)
def test_who_does_not_hold_the_lease_changes_nothing(
    worker: str, token: str | None, now: datetime
) -> None:
    enqueue()
    leased = claim()
    shown = leased.lease_token if token is None else token
    before = SegmentationRequest.objects.values().get(pk=leased.pk)
    progress = ProgressBody(lease_token=shown, progress=0.9)
    with pytest.raises(LeaseLostError):
        transitions.report_progress(
            request_id=leased.pk,
            worker=worker,
            body=progress,
            lease_seconds=LEASE_SECONDS,
            now=now,
        )
    with pytest.raises(LeaseLostError):
        transitions.release(request_id=leased.pk, worker=worker, token=shown, now=now)
    with pytest.raises(LeaseLostError):
        transitions.complete(request_id=leased.pk, worker=worker, body=success_body(shown), now=now)
    with pytest.raises(LeaseLostError):
        transitions.fail(
            request_id=leased.pk, worker=worker, body=failure(shown, retryable=True), now=now
        )
    assert SegmentationRequest.objects.values().get(pk=leased.pk) == before


def test_an_unknown_request_is_said_to_be_unknown() -> None:
    with pytest.raises(UnknownRequestError):
        transitions.release(request_id=uuid4(), worker="lab1", token="t", now=START)


def test_the_same_completion_twice_changes_nothing_the_second_time() -> None:
    enqueue()
    leased = claim()
    body = success_body(leased.lease_token)
    for _ in range(2):
        done = transitions.complete(request_id=leased.pk, worker="lab1", body=body, now=START)
        assert done.status == RequestStatus.COMPLETED
    assert event_kinds(leased) == ["create", "claim", "complete"]


def test_the_same_failure_twice_uses_up_one_attempt() -> None:
    enqueue()
    leased = claim()
    body = failure(leased.lease_token, retryable=True)
    for _ in range(2):
        transitions.fail(request_id=leased.pk, worker="lab1", body=body, now=START)
    assert event_kinds(leased) == ["create", "claim", "requeue"]
    assert reread(leased).attempts_used == 1


def test_a_completion_that_comes_after_another_worker_took_over_is_refused() -> None:
    enqueue()
    late = claim("lab1")
    current = claim("lab2", now=AFTER_LEASE)
    with pytest.raises(LeaseLostError):
        transitions.complete(
            request_id=late.pk, worker="lab1", body=success_body(late.lease_token), now=AFTER_LEASE
        )
    assert reread(current).worker == "lab2"


def test_a_released_request_waits_again_and_its_attempt_does_not_count() -> None:
    enqueue()
    leased = claim()
    for _ in range(2):
        transitions.release(
            request_id=leased.pk, worker="lab1", token=leased.lease_token, now=START
        )
    released = reread(leased)
    assert released.status == RequestStatus.PENDING
    assert (released.attempt, released.attempts_used) == (1, 0)
    assert claim().attempt == 2


def test_a_permanent_failure_ends_the_request_at_once() -> None:
    enqueue()
    leased = claim()
    body = failure(leased.lease_token, retryable=False)
    failed = transitions.fail(request_id=leased.pk, worker="lab1", body=body, now=START)
    assert failed.status == RequestStatus.FAILED
    assert failed.error_code == ErrorCode.MODEL_FAILED
    assert event_kinds(leased) == ["create", "claim", "fail"]


def test_leases_that_run_out_use_up_the_attempts() -> None:
    request = enqueue()
    now = START
    for _ in range(MAX_ATTEMPTS):
        claim(now=now)
        now += timedelta(seconds=LEASE_SECONDS)
        assert transitions.expire_leases(now=now) == 1
    failed = reread(request)
    assert failed.status == RequestStatus.FAILED
    assert failed.error_code == ErrorCode.ATTEMPTS_EXHAUSTED
    lost_twice = ["claim", "expire", "claim", "expire"]
    assert event_kinds(request) == ["create", *lost_twice, "claim", "fail"]


def test_a_lease_that_is_still_good_does_not_expire() -> None:
    enqueue()
    leased = claim()
    assert transitions.expire_leases(now=WITHIN_LEASE) == 0
    assert reread(leased).status == RequestStatus.PROCESSING
