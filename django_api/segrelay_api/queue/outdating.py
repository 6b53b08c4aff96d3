"""Requests that a series went into, and whether it has other images by now."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from segrelay_api.queue.models import FurtherInput, RequestQuerySet, SegmentationRequest
from segrelay_api.queue.movement import append_event
from segrelay_api.queue.request_inputs import inputs_of
from segrelay_contract.status import RequestStatus

# Of a request that has ended without a result nobody would show one as whole.
_CONCERNED = (RequestStatus.PENDING, RequestStatus.PROCESSING, RequestStatus.COMPLETED)


def requests_with(*, series_id: str) -> RequestQuerySet:
    """Those that this series is an input of, the newest first."""
    further = FurtherInput.objects.filter(series_id=series_id).values("request_id")
    found = SegmentationRequest.objects.filter(Q(series_id=series_id) | Q(pk__in=further))
    return found.order_by("-created_at", "-id")


def is_any_about_others(*, series_id: str, instances_digest: str) -> bool:
    """Whether a request is about other images of the series than these."""
    return any(
        _is_about_others(request, series_id, instances_digest) for request in _not_marked(series_id)
    )


@transaction.atomic
def mark_outdated(*, series_id: str, instances_digest: str, now: datetime) -> None:
    """What is about other images of the series says so from now on; each once."""
    for request in _not_marked(series_id).select_for_update():
        if _is_about_others(request, series_id, instances_digest):
            details = {"series_id": series_id}
            _note(request, outdated=True, kind="outdated", now=now, details=details)


@transaction.atomic
def mark_up_to_date(*, request_id: UUID, now: datetime) -> SegmentationRequest:
    """Its series hold what it is about again, as where one was deleted and sent anew in parts."""
    request = SegmentationRequest.objects.select_for_update().get(pk=request_id)
    if request.outdated:
        _note(request, outdated=False, kind="up_to_date", now=now, details={})
    return request


def newest_outdated(*, series_id: str) -> list[SegmentationRequest]:
    """For each model the newest request with this series, where that one is outdated."""
    newest: dict[tuple[str, str, float | None], SegmentationRequest] = {}
    for request in requests_with(series_id=series_id):
        newest.setdefault((request.series_id, request.model, request.threshold), request)
    return [
        request for request in newest.values() if request.outdated and request.status in _CONCERNED
    ]


def _note(
    request: SegmentationRequest,
    *,
    outdated: bool,
    kind: str,
    now: datetime,
    details: dict[str, Any],
) -> None:
    request.outdated = outdated
    request.event_count += 1
    request.save()
    append_event(request, kind=kind, actor="orthanc", now=now, details=details)


def _not_marked(series_id: str) -> RequestQuerySet:
    return requests_with(series_id=series_id).filter(
        status__in=_CONCERNED, outdated=False, results_deleted=False
    )


def _is_about_others(request: SegmentationRequest, series_id: str, instances_digest: str) -> bool:
    return any(
        each.series_id == series_id and each.instances_digest != instances_digest
        for each in inputs_of(request)
    )
