"""Something for generated calls to find: requests in each state, a series, a study, a model."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

from builders.claims import claim_next
from builders.orthanc_answers import STUDY_ID, OrthancAnswers
from builders.queue_payloads import claim_body, success_body, work
from django.utils import timezone

from segrelay_api.archive import mirror
from segrelay_api.queue import transitions, workers
from segrelay_api.queue.claimer import Claimer
from segrelay_api.queue.models import SegmentationRequest
from segrelay_contract.error_codes import ErrorCode
from segrelay_contract.examples import example
from segrelay_contract.orthanc_events import SeriesStable
from segrelay_contract.requests import Priority
from segrelay_contract.results import FailureBody

SERIES_ID = "abc"
WORKER = "lab1"
_numbers = count(1)


def put_series(orthanc: OrthancAnswers) -> None:
    """One that suits the model that a worker offers, in a study of its own."""
    now = timezone.now()
    orthanc.add_series(SERIES_ID)
    tagged = {"series_id": SERIES_ID, "study_id": STUDY_ID, "candidate_models": []}
    event = SeriesStable.model_validate(example("series-stable-event") | tagged)
    mirror.record_stable_series(event=event, now=now)
    workers.record_claimer(worker=WORKER, body=claim_body(), now=now)


def waiting(model: str = "brain") -> SegmentationRequest:
    """No model: whoever claims next, with whatever it offers, gets it."""
    request, _ = transitions.create_request(
        work=work(next(_numbers), model=model),
        priority=Priority.ROUTINE,
        actor="front end",
        now=timezone.now(),
    )
    return request


def leased() -> SegmentationRequest:
    """To the worker."""
    body = claim_body().model_copy(update={"resume": waiting().pk})
    request = claim_next(claimer=Claimer(WORKER, body), lease_seconds=600, now=timezone.now())
    assert request is not None
    return request


def completed() -> SegmentationRequest:
    """By the worker."""
    request = leased()
    body = success_body(request.lease_token)
    return transitions.complete(request_id=request.pk, worker=WORKER, body=body, now=timezone.now())


def failed() -> SegmentationRequest:
    """For good, until somebody tries again."""
    request = leased()
    body = FailureBody(
        success=False,
        lease_token=request.lease_token,
        error_code=ErrorCode.MODEL_FAILED,
        retryable=False,
    )
    return transitions.fail(request_id=request.pk, worker=WORKER, body=body, now=timezone.now())


STATES: tuple[Callable[[], SegmentationRequest], ...] = (waiting, leased, completed, failed)
