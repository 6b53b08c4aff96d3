"""The only readers: requests as they are shown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q

from segrelay_api.queue import directory
from segrelay_api.queue.errors import UnknownRequestError
from segrelay_api.queue.estimates import Wanted, seconds_until_done, waiting_for
from segrelay_api.queue.models import HANDING_OUT_ORDER, RequestQuerySet, SegmentationRequest
from segrelay_api.queue.request_inputs import inputs_of
from segrelay_api.sentences import sentence, warning_sentence
from segrelay_contract.requests import Problem, RequestView, WaitingFor
from segrelay_contract.results import (
    OldResult,
    SegmentationResult,
    ShownResult,
    ShownWarning,
)
from segrelay_contract.status import RequestStatus

MOST_COUNTED = 1_000  # to count a million takes the database longer than everything else


@dataclass(frozen=True)
class Outlook:
    """What a waiting request can expect."""

    position: int
    eta_seconds: float | None
    waiting_for: WaitingFor


@dataclass(frozen=True)
class Page:
    """Some of the requests that match, and how many those are."""

    count: int
    count_is_exact: bool  # false: there are more
    requests: tuple[RequestView, ...]


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


def list_requests(*, only: RequestFilter, offset: int, limit: int, now: datetime) -> Page:
    """Those from `offset` on, newest first."""
    conditions: dict[str, Any] = {
        "series_id": only.series_id,
        "study_instance_uid": only.study_uid,
        "model": only.model,
    }
    found = _with_status(only.status, now=now).filter(
        **{name: value for name, value in conditions.items() if value is not None}
    )
    counted = found[: MOST_COUNTED + 1].count()
    newest_first = found.order_by("-created_at")
    return Page(
        count=min(counted, MOST_COUNTED),
        count_is_exact=counted <= MOST_COUNTED,
        requests=_views(newest_first[offset : offset + limit], now=now),
    )


def _with_status(status: RequestStatus | None, *, now: datetime) -> RequestQuerySet:
    """As the status is shown: an expired lease is pending."""
    every = SegmentationRequest.objects.all()
    if status is None:
        return every
    if status == RequestStatus.PENDING:
        return _waiting(now)
    if status == RequestStatus.PROCESSING:
        return every.filter(status=status, lease_expires_at__gt=now)
    return every.filter(status=status)


def list_pending(*, now: datetime) -> tuple[RequestView, ...]:
    """Every request that a worker could claim, in the order in which they are handed out."""
    return _views(_waiting(now).order_by(*HANDING_OUT_ORDER), now=now)


def newest_by_series(*, series_ids: tuple[str, ...], now: datetime) -> dict[str, RequestView]:
    """The latest request of each series that has one."""
    found = SegmentationRequest.objects.filter(series_id__in=series_ids).order_by("created_at")
    newest = {request.series_id: request for request in found}
    return {shown.series_id: shown for shown in _views(newest.values(), now=now)}


def view(request: SegmentationRequest, *, now: datetime) -> RequestView:
    """The request in the form of the contract; an expired lease reads as pending."""
    return _views([request], now=now)[0]


def _views(requests: Iterable[SegmentationRequest], *, now: datetime) -> tuple[RequestView, ...]:
    shown = list(requests)
    outlook = _outlook([each for each in shown if _is_waiting(each, now)], now=now)
    return tuple(_view(request, outlook.get(request.pk), now=now) for request in shown)


def _outlook(waiting: Sequence[SegmentationRequest], *, now: datetime) -> dict[UUID, Outlook]:
    """Place, time and reason of these, from one look at everything that waits before the last."""
    if not waiting:
        return {}
    workers = directory.online_workers(now=now)
    queue = _queue_up_to(max(waiting, key=_place_in_order), now=now)
    wanted = [Wanted(model, label) for _, model, label in queue]
    estimates = seconds_until_done(wanted, workers)
    places = {request_id: index for index, (request_id, _, _) in enumerate(queue)}
    return {
        request.pk: Outlook(
            position=index + 1,
            eta_seconds=estimates[index],
            waiting_for=waiting_for(wanted[index], workers, ahead=index),
        )
        for request in waiting
        if (index := places.get(request.pk)) is not None
    }


def _queue_up_to(last: SegmentationRequest, *, now: datetime) -> list[tuple[UUID, str, str]]:
    until = Q(due_at__lte=last.due_at)
    queue = _waiting(now).filter(until).order_by(*HANDING_OUT_ORDER)
    return list(queue.values_list("id", "model", "worker_label"))


def _place_in_order(request: SegmentationRequest) -> tuple[datetime, datetime, UUID]:
    return request.due_at, request.created_at, request.pk


def _waiting(now: datetime) -> RequestQuerySet:
    return SegmentationRequest.objects.pending() | SegmentationRequest.objects.expired(now)


def _is_waiting(request: SegmentationRequest, now: datetime) -> bool:
    return _effective_status(request, now) == RequestStatus.PENDING


def _view(request: SegmentationRequest, outlook: Outlook | None, *, now: datetime) -> RequestView:
    waits = _is_waiting(request, now)
    result, old_result = _results(request)
    return RequestView(
        request_id=request.id,
        series_id=request.series_id,
        series_instance_uid=request.series_instance_uid,
        study_id=request.study_id,
        study_instance_uid=request.study_instance_uid,
        inputs=inputs_of(request),
        model=request.model or None,
        threshold=request.threshold,
        priority=request.priority,
        worker_label=request.worker_label or None,
        run=request.run,
        status=_effective_status(request, now),
        stage=None if waits else request.stage or None,
        progress=0.0 if waits else request.progress,
        outcome=request.outcome or None,
        outdated=request.outdated,
        problem=problem_of(request),
        attempt=request.attempt,
        worker=None if waits else request.worker or None,
        created_at=request.created_at,
        started_at=request.started_at,
        finished_at=request.finished_at,
        position=outlook.position if outlook else None,
        eta_seconds=outlook.eta_seconds if outlook else None,
        waiting_for=outlook.waiting_for if outlook else None,
        seg_instance_id=_seg_instance_id(result, old_result),
        result=result,
        old_result=old_result,
    )


def _effective_status(request: SegmentationRequest, now: datetime) -> RequestStatus:
    expired = request.lease_expires_at is not None and request.lease_expires_at <= now
    return RequestStatus.PENDING if expired else RequestStatus(request.status)


def problem_of(request: SegmentationRequest) -> Problem | None:
    """Why it failed, in the reader's language."""
    if request.status != RequestStatus.FAILED:
        return None
    codes = (request.error_code, request.error_parameters.get("last_error_code"))
    said = (sentence(code, request.error_parameters) for code in codes if code)
    return Problem(code=request.error_code, error=" ".join(said))


def _results(
    request: SegmentationRequest,
) -> tuple[ShownResult | None, OldResult | None]:
    """A result of today, or one of the old protocol, or neither."""
    stored = request.result
    if stored is None:
        return None, None
    if "segments" in stored:
        return _shown(SegmentationResult.model_validate(stored)), None
    return None, OldResult.model_validate(stored)


def _shown(result: SegmentationResult) -> ShownResult:
    warnings = tuple(
        ShownWarning(**dict(warning), sentence=warning_sentence(warning.code, warning.parameters))
        for warning in result.warnings
    )
    return ShownResult(**{**dict(result), "warnings": warnings})


def _seg_instance_id(result: ShownResult | None, old: OldResult | None) -> str | None:
    if old is not None:
        return old.seg_instance_id
    objects = result.objects if result else ()
    return next((stored.orthanc_id for stored in objects if stored.kind == "SEG"), None)
