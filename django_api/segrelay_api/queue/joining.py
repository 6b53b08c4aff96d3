"""A press for work that another request does already: what it adds to that one."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from segrelay_api.queue.leasing import is_claimable
from segrelay_api.queue.models import SegmentationRequest
from segrelay_api.queue.movement import PRIORITY_DELAY, append_event
from segrelay_api.queue.outdating import mark_up_to_date
from segrelay_api.queue.wakeups.happening import HASTEN
from segrelay_contract.requests import Priority


def join(
    request: SegmentationRequest, *, priority: Priority, actor: str, now: datetime
) -> SegmentationRequest:
    """The request as it is from now on, for whoever pressed before and for this press."""
    if request.outdated:
        # It is about what the series hold at this press, whatever they held in between.
        request = mark_up_to_date(request_id=request.pk, now=now)
    if _is_sooner(request, priority=priority, now=now):
        request = _hasten(request_id=request.pk, priority=priority, actor=actor, now=now)
    return request


@transaction.atomic
def _hasten(
    *, request_id: UUID, priority: Priority, actor: str, now: datetime
) -> SegmentationRequest:
    """Moves it forward in the queue, unless it left the queue meanwhile."""
    request = SegmentationRequest.objects.select_for_update().get(pk=request_id)
    if _is_sooner(request, priority=priority, now=now):
        request.priority = priority
        request.due_at = now + PRIORITY_DELAY[priority]
        request.event_count += 1
        request.save()
        append_event(request, kind=HASTEN, actor=actor, now=now, details={"priority": priority})
    return request


def _is_sooner(request: SegmentationRequest, *, priority: Priority, now: datetime) -> bool:
    due_at = now + PRIORITY_DELAY[priority]
    return is_claimable(request, now=now) and due_at < request.due_at
