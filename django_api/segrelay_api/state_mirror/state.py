from __future__ import annotations

from django.utils import translation

from segrelay_api.queue.models import SegmentationRequest
from segrelay_api.queue.selectors import problem_of
from segrelay_contract.mirrored_state import MirroredState, Sentences
from segrelay_contract.status import RequestStatus


def state_of(request: SegmentationRequest) -> MirroredState:
    """What the plugin is told of a request; nothing of the patient."""
    is_leased = request.status == RequestStatus.PROCESSING
    return MirroredState(
        request_id=request.pk,
        model=request.model,
        status=request.status,
        outcome=request.outcome,
        attempt=request.attempt,
        closed_attempt=request.attempt - 1 if is_leased else request.attempt,
        event=request.event_count,
        created_at=request.created_at,
        outdated=request.outdated,
        results_deleted=request.results_deleted,
        error=_sentences(request),
    )


def _sentences(request: SegmentationRequest) -> Sentences | None:
    if request.status != RequestStatus.FAILED:
        return None
    return Sentences(en=_sentence(request, "en"), ko=_sentence(request, "ko"))


def _sentence(request: SegmentationRequest, language: str) -> str:
    with translation.override(language):
        problem = problem_of(request)
    return problem.error if problem else ""
