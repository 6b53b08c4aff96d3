"""Which requests changed since the Orthanc plugin was told; each change of one marks it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import reduce
from operator import or_
from uuid import UUID

from django.db.models import Q

from segrelay_api.queue.models import SegmentationRequest

Place = tuple[datetime, UUID]  # in the order of their creation


def untold(*, after: Place | None, most: int) -> list[SegmentationRequest]:
    """The next ones that the plugin has to be told of."""
    marked = SegmentationRequest.objects.filter(state_untold=True)
    if after is not None:
        created_at, request_id = after
        later = Q(created_at=created_at, id__gt=request_id) | Q(created_at__gt=created_at)
        marked = marked.filter(later, created_at__gte=created_at)
    return list(marked.order_by("created_at", "id")[:most])


def mark_told(*, told: Sequence[SegmentationRequest]) -> None:
    """The plugin knows them as they were read; what changed since then stays marked."""
    as_read = (Q(pk=request.pk, event_count=request.event_count) for request in told)
    SegmentationRequest.objects.filter(reduce(or_, as_read)).update(state_untold=False)


def mark_untold(*, requests: Iterable[SegmentationRequest]) -> None:
    """The archive knows nothing of them any more."""
    keys = [request.pk for request in requests]
    SegmentationRequest.objects.filter(pk__in=keys).update(state_untold=True)


def forget_untold() -> None:
    """There is nobody to be told; an index of all requests would only grow."""
    marked = SegmentationRequest.objects.filter(state_untold=True)
    if marked.exists():
        marked.update(state_untold=False)
