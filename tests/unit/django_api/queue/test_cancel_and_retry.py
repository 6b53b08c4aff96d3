from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from builders.claims import claim_next
from builders.queue_payloads import claimer, success_body, work
from django.db import connection, connections, transaction
from integration.polling import until

from segrelay_api.queue import transitions
from segrelay_api.queue.deduplication import Work, dedup_key
from segrelay_api.queue.errors import (
    ActiveTwinError,
    LeaseLostError,
    NotCancelableError,
    NotRetriableError,
    RequestCancelledError,
)
from segrelay_api.queue.models import SegmentationRequest
from segrelay_contract.error_codes import ErrorCode
from segrelay_contract.leases import ProgressBody
from segrelay_contract.requests import Priority
from segrelay_contract.results import FailureBody
from segrelay_contract.status import RequestStatus

pytestmark = pytest.mark.django_db

START = datetime(2026, 1, 1, tzinfo=UTC)


def enqueue(number: int = 1) -> SegmentationRequest:
    request, _ = transitions.create_request(
        work=work(number), priority=Priority.ROUTINE, actor="somebody", now=START
    )
    return request


def claim(worker: str = "lab1", now: datetime = START) -> SegmentationRequest:
    request = claim_next(claimer=claimer(worker), lease_seconds=60, now=now)
    assert request is not None
    return request


def fail(leased: SegmentationRequest) -> SegmentationRequest:
    body = FailureBody(
        success=False,
        lease_token=leased.lease_token,
        error_code=ErrorCode.MODEL_FAILED,
        retryable=False,
    )
    return transitions.fail(request_id=leased.pk, worker="lab1", body=body, now=START)


def heartbeat(leased: SegmentationRequest, token: str) -> SegmentationRequest:
    return transitions.report_progress(
        request_id=leased.pk,
        worker="lab1",
        body=ProgressBody(lease_token=token),
        lease_seconds=60,
        now=START,
    )


def test_a_waiting_request_is_cancelled_and_never_handed_out() -> None:
    request = enqueue()
    cancelled = transitions.cancel(request_id=request.pk, actor="somebody", now=START)
    assert cancelled.status == RequestStatus.CANCELLED
    assert claim_next(claimer=claimer(), lease_seconds=60, now=START) is None


def test_the_worker_of_a_cancelled_request_hears_of_it_and_stores_nothing() -> None:
    enqueue()
    leased = claim()
    token = leased.lease_token
    transitions.cancel(request_id=leased.pk, actor="somebody", now=START)
    assert heartbeat(leased, token).status == RequestStatus.CANCELLED
    with pytest.raises(RequestCancelledError):
        transitions.complete(
            request_id=leased.pk, worker="lab1", body=success_body(token), now=START
        )
    with pytest.raises(LeaseLostError):
        heartbeat(leased, "forged")
    with pytest.raises(LeaseLostError):
        transitions.complete(
            request_id=leased.pk, worker="lab2", body=success_body(token), now=START
        )
    assert SegmentationRequest.objects.get().status == RequestStatus.CANCELLED


def test_an_expired_lease_does_not_revive_a_cancelled_request() -> None:
    enqueue()
    leased = claim()
    transitions.cancel(request_id=leased.pk, actor="somebody", now=START)
    assert transitions.expire_leases(now=START + timedelta(hours=1)) == 0
    assert SegmentationRequest.objects.get().status == RequestStatus.CANCELLED


def test_cancelling_twice_is_cancelling_once() -> None:
    request = enqueue()
    for _ in range(2):
        transitions.cancel(request_id=request.pk, actor="somebody", now=START)
    assert SegmentationRequest.objects.get().event_count == 2


def test_what_has_ended_cannot_be_cancelled() -> None:
    enqueue()
    leased = claim()
    transitions.complete(
        request_id=leased.pk, worker="lab1", body=success_body(leased.lease_token), now=START
    )
    with pytest.raises(NotCancelableError):
        transitions.cancel(request_id=leased.pk, actor="somebody", now=START)


def test_a_failed_request_can_be_tried_again_with_all_its_attempts() -> None:
    enqueue()
    failed = fail(claim())
    transitions.retry(request_id=failed.pk, actor="somebody", now=START)
    again = SegmentationRequest.objects.get()
    assert (again.status, again.attempts_used, again.error_code) == (RequestStatus.PENDING, 0, "")
    assert claim().attempt == 2


def test_only_failed_requests_are_tried_again() -> None:
    request = enqueue()
    with pytest.raises(NotRetriableError):
        transitions.retry(request_id=request.pk, actor="somebody", now=START)


def test_a_failed_request_is_not_tried_again_beside_one_that_does_its_work() -> None:
    enqueue()
    failed = fail(claim())
    twin, deduplicated = transitions.create_request(
        work=Work.of(failed), priority=Priority.ROUTINE, actor="somebody", now=START
    )
    assert not deduplicated
    with pytest.raises(ActiveTwinError) as refusal:
        transitions.retry(request_id=failed.pk, actor="somebody", now=START)
    assert refusal.value.request_id == twin.pk


@pytest.mark.django_db(transaction=True)
def test_a_retry_that_meets_a_press_at_the_same_moment_is_refused() -> None:
    enqueue()
    failed = fail(claim())
    with ThreadPoolExecutor(max_workers=1) as pool:
        with transaction.atomic():
            twin, _ = transitions.create_request(
                work=Work.of(failed), priority=Priority.ROUTINE, actor="somebody", now=START
            )
            retried = pool.submit(retry_elsewhere, failed)
            if connection.vendor == "postgresql":  # SQLite lets one of them begin
                until(is_waited_for, what="the retry waits for the press")
        with pytest.raises(ActiveTwinError) as refusal:
            retried.result()
    assert refusal.value.request_id == twin.pk
    assert SegmentationRequest.objects.get(pk=failed.pk).status == RequestStatus.FAILED


def retry_elsewhere(failed: SegmentationRequest) -> None:
    try:
        transitions.retry(request_id=failed.pk, actor="somebody", now=START)
    finally:
        connections.close_all()


def is_waited_for() -> bool:
    """Whether a transaction waits for the one of this connection."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM pg_locks"
            " WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"
        )
        return cursor.fetchone() is not None


def test_a_key_of_an_earlier_version_does_not_tie_a_retry_to_another_patients_request() -> None:
    enqueue(1)
    failed = fail(claim())
    of_another_patient = enqueue(2)
    SegmentationRequest.objects.update(dedup_key="of the images alone")
    again = transitions.retry(request_id=failed.pk, actor="somebody", now=START)
    assert again.dedup_key == dedup_key(Work.of(failed)) != of_another_patient.dedup_key
