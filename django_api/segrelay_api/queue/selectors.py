"""The only readers: requests as they are shown."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q

from segrelay_api.queue import workers
from segrelay_api.queue.errors import UnknownRequestError
from segrelay_api.queue.models import HANDING_OUT_ORDER, RequestQuerySet, SegmentationRequest
from segrelay_api.sentences import sentence
from segrelay_contract.requests import Problem, RequestView, WaitingFor
from segrelay_contract.results import SegmentationResult
from segrelay_contract.status import RequestStatus


@dataclass(frozen=True)
class RequestFilter:
    """Which requests a list shows; None shows all."""

    status: RequestStatus | None = None
    series_id: str | None = None
    study_uid: str | None = None
    model: str | None = None


def get_request(*, request_id: UUID) -> SegmentationRequest:
    """Raises UnknownRequestError."""
    request = SegmentationRequest.objects.filter(pk=request_id).first()
    if request is None:
        raise UnknownRequestError
    return request


def view_request(*, request_id: UUID, now: datetime) -> RequestView:
    """One request as everybody with read sees it. Raises UnknownRequestError."""
    return view(get_request(request_id=request_id), now=now)


def list_requests(
    *, only: RequestFilter, offset: int, limit: int, now: datetime
) -> tuple[int, tuple[RequestView, ...]]:
    """How many there are, and one page of them, newest first."""
    conditions: dict[str, Any] = {
        "status": only.status,
        "series_id": only.series_id,
        "study_instance_uid": only.study_uid,
        "model": only.model,
    }
    found = SegmentationRequest.objects.filter(
        **{name: value for name, value in conditions.items() if value is not None}
    ).order_by("-created_at")
    return found.count(), _views(found[offset : offset + limit], now=now)


def list_pending(*, now: datetime) -> tuple[RequestView, ...]:
    """Every request that a worker could claim, in the order in which they are handed out."""
    pending = SegmentationRequest.objects.pending() | SegmentationRequest.objects.expired(now)
    return _views(pending.order_by(*HANDING_OUT_ORDER), now=now)


def newest_by_series(*, series_ids: tuple[str, ...], now: datetime) -> dict[str, RequestView]:
    """The latest request of each series that has one."""
    found = SegmentationRequest.objects.filter(series_id__in=series_ids).order_by("created_at")
    newest = {request.series_id: request for request in found}
    return {series_id: view(request, now=now) for series_id, request in newest.items()}


def _views(requests: RequestQuerySet, *, now: datetime) -> tuple[RequestView, ...]:
    return tuple(view(request, now=now) for request in requests)


def view(request: SegmentationRequest, *, now: datetime) -> RequestView:
    """The request in the form of the contract; an expired lease reads as pending."""
    status = _effective_status(request, now)
    waiting = status == RequestStatus.PENDING
    result = SegmentationResult.model_validate(request.result) if request.result else None
    ahead = _requests_ahead(request) if waiting else 0
    return RequestView(
        request_id=request.id,
        series_id=request.series_id,
        series_instance_uid=request.series_instance_uid,
        study_id=request.study_id,
        study_instance_uid=request.study_instance_uid,
        model=request.model or None,
        threshold=request.threshold,
        priority=request.priority,
        status=status,
        stage=None if waiting else request.stage or None,
        progress=0.0 if waiting else request.progress,
        outcome=request.outcome or None,
        problem=_problem(request),
        attempt=request.attempt,
        worker=request.worker or None,
        created_at=request.created_at,
        started_at=request.started_at,
        finished_at=request.finished_at,
        position=ahead + 1 if waiting else None,
        eta_seconds=None,
        waiting_for=_waiting_for(request, ahead, now) if waiting else None,
        seg_instance_id=_seg_instance_id(result),
        result=result,
    )


def _effective_status(request: SegmentationRequest, now: datetime) -> RequestStatus:
    expired = request.lease_expires_at is not None and request.lease_expires_at <= now
    return RequestStatus.PENDING if expired else RequestStatus(request.status)


def _problem(request: SegmentationRequest) -> Problem | None:
    if request.status != RequestStatus.FAILED:
        return None
    return Problem(
        code=request.error_code, error=sentence(request.error_code, request.error_parameters)
    )


def _requests_ahead(request: SegmentationRequest) -> int:
    same_time = Q(due_at=request.due_at, created_at__lt=request.created_at)
    same_moment = Q(due_at=request.due_at, created_at=request.created_at, id__lt=request.id)
    earlier = Q(due_at__lt=request.due_at) | same_time | same_moment
    return SegmentationRequest.objects.pending().filter(earlier).count()


def _waiting_for(request: SegmentationRequest, ahead: int, now: datetime) -> WaitingFor:
    models = workers.online_models(now=now)
    if not models:
        return WaitingFor(reason="no_worker_online")
    if request.model and request.model not in models:
        return WaitingFor(reason="no_worker_offers_model")
    if ahead:
        return WaitingFor(reason="requests_ahead", requests_ahead=ahead)
    return WaitingFor(reason="worker")


def _seg_instance_id(result: SegmentationResult | None) -> str | None:
    objects = result.objects if result else ()
    return next((stored.orthanc_id for stored in objects if stored.kind == "SEG"), None)
