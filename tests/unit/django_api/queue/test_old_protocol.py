from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from builders.claims import claim_next
from builders.queue_payloads import claimer, success_body, work
from django.db import connections

from segrelay_api.queue import selectors, transitions
from segrelay_api.queue.errors import AlreadyClaimedError, LeaseLostError
from segrelay_api.queue.models import SegmentationRequest
from segrelay_contract.requests import Priority
from segrelay_contract.results import OldFailureBody, OldSuccessBody
from segrelay_contract.status import Outcome, RequestStatus

START = datetime(2026, 1, 1, tzinfo=UTC)
DONE = OldSuccessBody(
    success=True, seg_instance_id="seg", tumor_detected=True, tumor_volume_voxels=5
)


def enqueue() -> SegmentationRequest:
    request, _ = transitions.create_request(
        work=work(), priority=Priority.ROUTINE, actor="somebody", now=START
    )
    return request


def say_processing(
    request: SegmentationRequest, worker: str = "old1", now: datetime = START
) -> SegmentationRequest:
    return transitions.claim_by_status(request_id=request.pk, worker=worker, now=now)


@pytest.mark.django_db
def test_who_first_says_processing_has_it_for_half_an_hour() -> None:
    request = say_processing(enqueue())
    assert request.status == RequestStatus.PROCESSING
    assert request.lease_expires_at == START + timedelta(minutes=30)
    with pytest.raises(AlreadyClaimedError):
        say_processing(request, "old2")
    assert say_processing(request, now=START + timedelta(minutes=20)).attempt == 1


@pytest.mark.django_db
def test_its_worker_completes_without_a_token_and_may_repeat_itself() -> None:
    request = say_processing(enqueue())
    for _ in range(2):
        transitions.complete(request_id=request.pk, worker="old1", body=DONE, now=START)
    view = selectors.view_request(request_id=request.pk, now=START)
    assert (view.status, view.outcome) == (RequestStatus.COMPLETED, Outcome.SEGMENTED)
    assert view.seg_instance_id == "seg"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "figures", [{"tumor_detected": False}, {"tumor_volume_voxels": 0}], ids=["flag", "count"]
)
def test_no_tumour_is_nothing_found(figures: dict[str, object]) -> None:
    request = say_processing(enqueue())
    body = OldSuccessBody.model_validate({"success": True, **figures})
    done = transitions.complete(request_id=request.pk, worker="old1", body=body, now=START)
    assert done.outcome == Outcome.NOTHING_FOUND


@pytest.mark.django_db
def test_a_failure_without_a_code_ends_the_request() -> None:
    request = say_processing(enqueue())
    body = OldFailureBody(success=False, error="out of memory")
    failed = transitions.fail(request_id=request.pk, worker="old1", body=body, now=START)
    assert (failed.status, failed.error_detail) == (RequestStatus.FAILED, "out of memory")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("worker", "now"), [("old2", START), ("old1", START + timedelta(minutes=31))]
)
def test_nobody_else_and_nobody_late_completes_it(worker: str, now: datetime) -> None:
    request = say_processing(enqueue())
    with pytest.raises(LeaseLostError):
        transitions.complete(request_id=request.pk, worker=worker, body=DONE, now=now)


@pytest.mark.django_db
def test_a_lease_with_a_token_is_not_ended_without_it() -> None:
    enqueue()
    leased = claim_next(claimer=claimer("lab1"), lease_seconds=60, now=START)
    assert leased is not None
    with pytest.raises(LeaseLostError):
        transitions.complete(request_id=leased.pk, worker="lab1", body=DONE, now=START)
    with pytest.raises(AlreadyClaimedError):
        say_processing(leased, "lab1")


@pytest.mark.django_db
def test_the_token_of_an_old_lease_was_told_to_nobody_and_cannot_be_guessed() -> None:
    request = say_processing(enqueue())
    with pytest.raises(LeaseLostError):
        transitions.complete(request_id=request.pk, worker="old1", body=success_body(""), now=START)


@pytest.mark.django_db
def test_what_was_left_lying_is_free_again() -> None:
    request = say_processing(enqueue())
    late = START + timedelta(minutes=31)
    assert say_processing(request, "old2", now=late).worker == "old2"


@pytest.mark.django_db
def test_a_cancelled_request_is_told_to_its_worker() -> None:
    request = say_processing(enqueue())
    transitions.cancel(request_id=request.pk, actor="somebody", now=START)
    assert say_processing(request).status == RequestStatus.CANCELLED


@pytest.mark.django_db(transaction=True)
def test_of_many_who_say_processing_at_once_one_has_it() -> None:
    request = enqueue()
    start = threading.Barrier(6)

    def try_it(number: int) -> bool:
        start.wait()
        try:
            say_processing(request, f"old{number}")
        except AlreadyClaimedError:
            return False
        else:
            return True
        finally:
            connections.close_all()

    with ThreadPoolExecutor(max_workers=6) as pool:
        assert sum(pool.map(try_it, range(6))) == 1
