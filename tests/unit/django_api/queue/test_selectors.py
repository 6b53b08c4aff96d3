from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from builders.claims import claim_next
from builders.queue_payloads import claim_body, claimer, offer, success_body, work
from django.utils.translation import override

from segrelay_api.queue import selectors, transitions, workers
from segrelay_api.queue.models import SegmentationRequest
from segrelay_api.queue.selectors import RequestFilter
from segrelay_api.queue.transitions import MAX_ATTEMPTS
from segrelay_contract.error_codes import ErrorCode
from segrelay_contract.requests import Priority, RequestView
from segrelay_contract.results import FailureBody, ResultWarning
from segrelay_contract.status import Outcome, RequestStatus

pytestmark = pytest.mark.django_db

START = datetime(2026, 1, 1, tzinfo=UTC)


def enqueue(number: int = 1, model: str = "brain") -> SegmentationRequest:
    request, _ = transitions.create_request(
        work=work(number, model=model),
        priority=Priority.ROUTINE,
        actor="somebody",
        now=START + timedelta(seconds=number - 1),
    )
    return request


def shown(request: SegmentationRequest, now: datetime = START) -> RequestView:
    return selectors.view_request(request_id=request.pk, now=now)


def test_an_expired_lease_reads_as_pending_before_any_sweep() -> None:
    request = enqueue()
    claim_next(claimer=claimer(), lease_seconds=60, now=START)
    assert shown(request).status == RequestStatus.PROCESSING
    late = START + timedelta(seconds=60)
    assert shown(request, late).status == RequestStatus.PENDING
    assert shown(request, late).position == 1
    assert [view.request_id for view in selectors.list_pending(now=late)] == [request.pk]


def test_a_list_counts_no_further_than_it_must(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(selectors, "MOST_COUNTED", 2)

    def page() -> selectors.Page:
        return selectors.list_requests(only=RequestFilter(), offset=0, limit=1, now=START)

    enqueue(1)
    newest = enqueue(2)
    assert (page().count, page().count_is_exact) == (2, True)
    assert [view.request_id for view in page().requests] == [newest.pk]
    enqueue(3)
    assert (page().count, page().count_is_exact) == (2, False)


def test_waiting_is_explained() -> None:
    first, second = enqueue(1), enqueue(2)
    for_another_model = enqueue(3, model="prostate")

    def reason(request: SegmentationRequest, now: datetime = START) -> str | None:
        waiting = shown(request, now).waiting_for
        return waiting.reason if waiting else None

    assert reason(first) == "no_worker_online"
    workers.record_claimer(worker="lab1", body=claim_body(offer("brain")), now=START)
    assert reason(first) == "worker"
    assert reason(second) == "requests_ahead"
    assert reason(for_another_model) == "no_worker_offers_model"
    assert reason(first, START + timedelta(hours=1)) == "no_worker_online"


def test_a_worker_that_no_longer_offers_a_model_is_not_waited_for() -> None:
    request = enqueue(1, model="prostate")
    workers.record_claimer(worker="lab1", body=claim_body(offer("prostate")), now=START)
    workers.record_claimer(worker="lab1", body=claim_body(offer("brain")), now=START)
    waiting = shown(request).waiting_for
    assert waiting is not None
    assert waiting.reason == "no_worker_offers_model"


def test_a_completed_request_shows_its_result_and_waits_for_nothing() -> None:
    request = enqueue()
    leased = claim_next(claimer=claimer(), lease_seconds=60, now=START)
    assert leased is not None
    body = success_body(leased.lease_token)
    transitions.complete(request_id=request.pk, worker="lab1", body=body, now=START)
    view = shown(request)
    assert (view.status, view.outcome) == (RequestStatus.COMPLETED, Outcome.SEGMENTED)
    assert view.result is not None
    assert view.result.model_dump() == body.result.model_dump()
    assert view.seg_instance_id == "seg-instance"
    assert (view.position, view.waiting_for, view.stage) == (None, None, None)


def test_a_request_that_used_up_its_attempts_says_what_went_wrong_last() -> None:
    request = enqueue()
    for _ in range(MAX_ATTEMPTS):
        leased = claim_next(claimer=claimer(), lease_seconds=60, now=START)
        assert leased is not None
        body = FailureBody(
            success=False,
            lease_token=leased.lease_token,
            error_code=ErrorCode.OUT_OF_MEMORY,
            error_parameters={"device": "cuda:1"},
            retryable=True,
        )
        transitions.fail(request_id=request.pk, worker="lab1", body=body, now=START)
    problem = shown(request).problem
    assert problem is not None
    assert problem.code == ErrorCode.ATTEMPTS_EXHAUSTED
    assert "was tried 3 times" in problem.error
    assert "device cuda:1 has too little memory" in problem.error


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "2 images were in the series twice, equal to the last pixel; one of each was used."),
        ("ko", "영상 2장이 시리즈에 똑같이 두 번 들어 있어서 하나씩만 사용했습니다."),
    ],
)
def test_what_was_mended_is_told_in_the_readers_language(language: str, sentence: str) -> None:
    request = enqueue()
    leased = claim_next(claimer=claimer(), lease_seconds=60, now=START)
    assert leased is not None
    warnings = (
        ResultWarning(code="copies_dropped", parameters={"count": 2}),
        ResultWarning(code="of_a_newer_worker"),
    )
    body = success_body(leased.lease_token)
    result = body.result.model_copy(update={"warnings": warnings})
    body = body.model_copy(update={"result": result})
    transitions.complete(request_id=request.pk, worker="lab1", body=body, now=START)
    with override(language):
        view = shown(request)
    assert view.result is not None
    assert [warning.sentence for warning in view.result.warnings] == [sentence, "of_a_newer_worker"]
    assert view.result.warnings[0].parameters == {"count": 2}


def test_the_newest_request_of_each_series_is_found() -> None:
    first = enqueue(1)
    leased = claim_next(claimer=claimer(), lease_seconds=60, now=START)
    assert leased is not None
    transitions.forget_results(series_id="none", now=START)
    newest = selectors.newest_by_series(series_ids=("series-1", "series-9"), now=START)
    assert set(newest) == {"series-1"}
    assert newest["series-1"].request_id == first.pk
