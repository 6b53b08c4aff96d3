"""A worker that dies between storing and reporting costs no result."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from builders.claims import claim_next
from builders.queue_payloads import (
    claim_body,
    claimer,
    offer,
    stored_object,
    success_body,
    work,
)

from segrelay_api.queue import transitions
from segrelay_api.queue.claimer import Claimer
from segrelay_api.queue.errors import LeaseLostError, RequestCancelledError
from segrelay_api.queue.models import RequestEvent, SegmentationRequest
from segrelay_contract.error_codes import ErrorCode
from segrelay_contract.leases import ProgressBody
from segrelay_contract.requests import Priority
from segrelay_contract.results import FailureBody, ReportedResult, SegmentationResult
from segrelay_contract.status import Outcome, RequestStatus, Stage

pytestmark = pytest.mark.django_db
START = datetime(2026, 1, 1, tzinfo=UTC)
LEASE_SECONDS = 60.0
KINDS = ("SEG", "SC", "SR")


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


AFTER_THE_LEASE = at(100)


def leased(worker: str = "lab1", *, now: datetime = START) -> SegmentationRequest:
    request = claim_next(claimer=claimer(worker), lease_seconds=LEASE_SECONDS, now=now)
    assert request is not None
    return request


@pytest.fixture
def request_in_hand() -> SegmentationRequest:
    """Leased by lab1, at the first attempt."""
    transitions.create_request(work=work(), priority=Priority.ROUTINE, actor="front end", now=START)
    return leased()


def store(request: SegmentationRequest, *kinds: Any, now: datetime = START, **changes: Any) -> None:
    for kind in kinds or KINDS:
        told = stored_object(request.pk, kind, **{"attempt": 1, **changes})
        transitions.note_stored_object(told=told, now=now)


def fresh(request: SegmentationRequest) -> SegmentationRequest:
    return SegmentationRequest.objects.get(pk=request.pk)


def events(request: SegmentationRequest) -> list[tuple[str, str]]:
    return list(
        RequestEvent.objects.filter(request=request).order_by("seq").values_list("kind", "actor")
    )


def fail(request: SegmentationRequest, *, retryable: bool) -> None:
    body = FailureBody(
        success=False,
        lease_token=request.lease_token,
        error_code=ErrorCode.ENGINE_DIED if retryable else ErrorCode.MODEL_FAILED,
        retryable=retryable,
    )
    transitions.fail(request_id=request.pk, worker="lab1", body=body, now=START)


def release(request: SegmentationRequest) -> None:
    transitions.release(request_id=request.pk, worker="lab1", token=request.lease_token, now=START)


ENDS_OF_AN_ATTEMPT: dict[str, Callable[[SegmentationRequest], object]] = {
    "expire": lambda _request: transitions.expire_leases(now=AFTER_THE_LEASE),
    "release": release,
    "requeue": lambda request: fail(request, retryable=True),
}
every_end = pytest.mark.parametrize("ends", ENDS_OF_AN_ATTEMPT.values(), ids=ENDS_OF_AN_ATTEMPT)


@every_end
def test_an_attempt_that_ends_without_a_report_is_completed_from_what_is_stored(
    request_in_hand: SegmentationRequest, ends: Callable[[SegmentationRequest], object]
) -> None:
    store(request_in_hand)
    assert fresh(request_in_hand).status == RequestStatus.PROCESSING
    ends(request_in_hand)
    done = fresh(request_in_hand)
    result = SegmentationResult.model_validate(done.result)
    assert (done.status, done.outcome) == (RequestStatus.COMPLETED, Outcome.SEGMENTED)
    assert [stored.kind for stored in result.objects] == list(KINDS)
    assert (result.segments[0].volume_ml, result.model.name) == (1.0, "brain")
    assert done.result_series_id == "SEG-series"
    assert events(done)[-1] == ("complete", "orthanc")
    assert (done.error_code, done.error_detail) == ("", "")


@every_end
def test_an_event_that_comes_late_completes_what_waits(
    request_in_hand: SegmentationRequest, ends: Callable[[SegmentationRequest], object]
) -> None:
    ends(request_in_hand)
    assert fresh(request_in_hand).status == RequestStatus.PENDING
    store(request_in_hand, now=AFTER_THE_LEASE)
    assert fresh(request_in_hand).status == RequestStatus.COMPLETED


def test_an_event_after_the_lease_but_before_the_sweep_completes_it(
    request_in_hand: SegmentationRequest,
) -> None:
    store(request_in_hand, now=AFTER_THE_LEASE)
    assert fresh(request_in_hand).status == RequestStatus.COMPLETED


def test_the_last_attempt_completes_too_instead_of_being_one_too_many(
    request_in_hand: SegmentationRequest,
) -> None:
    SegmentationRequest.objects.update(attempts_used=transitions.MAX_ATTEMPTS)
    store(request_in_hand)
    transitions.expire_leases(now=AFTER_THE_LEASE)
    assert fresh(request_in_hand).status == RequestStatus.COMPLETED


@pytest.mark.parametrize("is_swept", [False, True])
def test_the_late_report_of_who_stored_it_is_accepted_and_changes_nothing(
    request_in_hand: SegmentationRequest,
    is_swept: bool,  # noqa: FBT001 - of a parametrised test
) -> None:
    if is_swept:
        transitions.expire_leases(now=AFTER_THE_LEASE)
    store(request_in_hand, now=AFTER_THE_LEASE)
    before = fresh(request_in_hand)
    report(before, request_in_hand.lease_token)
    assert fresh(request_in_hand).event_count == before.event_count
    with pytest.raises(LeaseLostError):
        report(before, request_in_hand.lease_token, worker="lab2")


def report(request: SegmentationRequest, token: str, *, worker: str = "lab1") -> None:
    transitions.complete(
        request_id=request.pk, worker=worker, body=success_body(token), now=AFTER_THE_LEASE
    )


def test_an_expired_attempt_whose_result_is_not_stored_is_still_lost(
    request_in_hand: SegmentationRequest,
) -> None:
    transitions.expire_leases(now=AFTER_THE_LEASE)
    with pytest.raises(LeaseLostError):
        transitions.complete(
            request_id=request_in_hand.pk,
            worker="lab1",
            body=success_body(request_in_hand.lease_token),
            now=AFTER_THE_LEASE,
        )


def test_the_report_of_a_live_worker_wins(request_in_hand: SegmentationRequest) -> None:
    transitions.expire_leases(now=AFTER_THE_LEASE)
    second = leased("lab2", now=AFTER_THE_LEASE)
    store(request_in_hand, now=AFTER_THE_LEASE)
    assert fresh(second).status == RequestStatus.PROCESSING
    transitions.complete(
        request_id=second.pk,
        worker="lab2",
        body=success_body(second.lease_token),
        now=AFTER_THE_LEASE,
    )
    assert events(second)[-1] == ("complete", "lab2")


def test_the_earlier_attempts_result_counts_where_the_later_one_ends_without(
    request_in_hand: SegmentationRequest,
) -> None:
    transitions.expire_leases(now=AFTER_THE_LEASE)
    leased("lab2", now=AFTER_THE_LEASE)
    store(request_in_hand, now=AFTER_THE_LEASE)
    transitions.expire_leases(now=at(1000))
    assert fresh(request_in_hand).status == RequestStatus.COMPLETED


def test_without_the_report_nothing_is_complete(request_in_hand: SegmentationRequest) -> None:
    store(request_in_hand, "SEG", "SC")
    transitions.expire_leases(now=AFTER_THE_LEASE)
    assert fresh(request_in_hand).status == RequestStatus.PENDING


def test_a_cancelled_request_stays_cancelled(request_in_hand: SegmentationRequest) -> None:
    transitions.cancel(request_id=request_in_hand.pk, actor="somebody", now=START)
    store(request_in_hand)
    assert fresh(request_in_hand).status == RequestStatus.CANCELLED
    with pytest.raises(RequestCancelledError):
        transitions.complete(
            request_id=request_in_hand.pk,
            worker="lab1",
            body=success_body(request_in_hand.lease_token),
            now=START,
        )


def test_a_permanent_failure_stays_one_also_when_it_is_tried_again(
    request_in_hand: SegmentationRequest,
) -> None:
    store(request_in_hand)
    fail(request_in_hand, retryable=False)
    store(request_in_hand)
    assert fresh(request_in_hand).status == RequestStatus.FAILED
    transitions.retry(request_id=request_in_hand.pk, actor="somebody", now=START)
    assert fresh(request_in_hand).status == RequestStatus.PENDING
    transitions.expire_leases(now=AFTER_THE_LEASE)
    assert fresh(request_in_hand).status == RequestStatus.PENDING


@pytest.mark.parametrize("series_id", ["SEG-series", "SR-series"])
def test_what_was_deleted_again_completes_nothing(
    request_in_hand: SegmentationRequest, series_id: str
) -> None:
    store(request_in_hand)
    transitions.forget_results(series_id=series_id, now=START)
    transitions.expire_leases(now=AFTER_THE_LEASE)
    assert fresh(request_in_hand).status == RequestStatus.PENDING


def test_the_result_of_another_model_than_the_request_names_is_not_its_result(
    request_in_hand: SegmentationRequest,
) -> None:
    transitions.expire_leases(now=AFTER_THE_LEASE)
    other = claim_body(offer(digest="c" * 64))
    claim_next(claimer=Claimer("lab2", other), lease_seconds=LEASE_SECONDS, now=AFTER_THE_LEASE)
    store(request_in_hand, now=AFTER_THE_LEASE)
    transitions.expire_leases(now=at(1000))
    assert fresh(request_in_hand).status == RequestStatus.PENDING


def test_the_same_event_again_is_one_object(request_in_hand: SegmentationRequest) -> None:
    for _ in range(2):
        store(request_in_hand)
    transitions.expire_leases(now=AFTER_THE_LEASE)
    done = fresh(request_in_hand)
    assert len(SegmentationResult.model_validate(done.result).objects) == len(KINDS)
    store(request_in_hand)
    assert fresh(request_in_hand).event_count == done.event_count


def test_a_mask_that_an_earlier_attempt_stored_belongs_to_the_result(
    request_in_hand: SegmentationRequest,
) -> None:
    store(request_in_hand, "SEG")
    transitions.expire_leases(now=AFTER_THE_LEASE)
    leased("lab2", now=AFTER_THE_LEASE)
    store(request_in_hand, "SC", "SR", attempt=2, now=AFTER_THE_LEASE)
    transitions.expire_leases(now=at(1000))
    result = SegmentationResult.model_validate(fresh(request_in_hand).result)
    assert [stored.kind for stored in result.objects] == list(KINDS)


def test_a_later_attempt_that_finds_the_mask_stored_takes_it_from_no_report(
    request_in_hand: SegmentationRequest,
) -> None:
    transitions.expire_leases(now=AFTER_THE_LEASE)
    leased("lab2", now=AFTER_THE_LEASE)
    store(request_in_hand, now=AFTER_THE_LEASE)
    store(request_in_hand, "SEG", attempt=2, now=AFTER_THE_LEASE)
    transitions.expire_leases(now=at(1000))
    result = SegmentationResult.model_validate(fresh(request_in_hand).result)
    assert [stored.kind for stored in result.objects] == list(KINDS)


def test_of_each_kind_only_the_latest_attempts_objects_belong_to_it(
    request_in_hand: SegmentationRequest,
) -> None:
    store(request_in_hand, "SEG", sop_instance_uid="2.25.99")
    store(request_in_hand, attempt=2)
    transitions.expire_leases(now=AFTER_THE_LEASE)
    result = SegmentationResult.model_validate(fresh(request_in_hand).result)
    assert [stored.sop_instance_uid for stored in result.objects] == ["2.25.0", "2.25.1", "2.25.2"]


def test_nothing_found_has_no_mask(request_in_hand: SegmentationRequest) -> None:
    found = stored_object(request_in_hand.pk).result
    assert found is not None
    nothing = ReportedResult(**{**dict(found), "outcome": Outcome.NOTHING_FOUND, "segments": ()})
    store(request_in_hand, "SEG", "SC")
    store(request_in_hand, "SR", result=nothing)
    transitions.expire_leases(now=AFTER_THE_LEASE)
    done = fresh(request_in_hand)
    result = SegmentationResult.model_validate(done.result)
    assert done.outcome == Outcome.NOTHING_FOUND
    assert [stored.kind for stored in result.objects] == ["SC", "SR"]


def test_the_seconds_are_those_between_the_events_of_its_attempt(
    request_in_hand: SegmentationRequest,
) -> None:
    for stage, seconds in ((Stage.INFERRING, 3), (Stage.ENCODING, 10), (Stage.UPLOADING, 12)):
        transitions.report_progress(
            request_id=request_in_hand.pk,
            worker="lab1",
            body=ProgressBody(lease_token=request_in_hand.lease_token, stage=stage),
            lease_seconds=LEASE_SECONDS,
            now=at(seconds),
        )
    store(request_in_hand, now=at(13))
    transitions.expire_leases(now=AFTER_THE_LEASE)
    seconds_by_stage = SegmentationResult.model_validate(fresh(request_in_hand).result).seconds
    assert seconds_by_stage.model_dump() == {
        "downloading": 3.0,
        "inferring": 7.0,
        "encoding": 2.0,
        "uploading": 1.0,
    }


def test_a_result_of_nobodys_request_is_taken_and_forgotten() -> None:
    told = stored_object(uuid4())
    transitions.note_stored_object(told=told, now=START)
    assert not SegmentationRequest.objects.exists()
