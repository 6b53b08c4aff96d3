"""One step of a request along the table of transitions, with its event."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from segrelay_api.queue.errors import IllegalTransitionError
from segrelay_api.queue.models import RequestEvent, SegmentationRequest
from segrelay_api.queue.wakeups.announcing import announce_when_committed
from segrelay_api.queue.wakeups.happening import happening_of
from segrelay_contract.requests import Priority
from segrelay_contract.status import TRANSITIONS, Transition

PRIORITY_DELAY = {
    Priority.URGENT: timedelta(0),
    Priority.ROUTINE: timedelta(minutes=10),
    Priority.BACKGROUND: timedelta(hours=2),
}


def move(
    request: SegmentationRequest,
    transition: Transition,
    *,
    actor: str,
    now: datetime,
    details: dict[str, Any] | None = None,
    **fields: Any,  # noqa: ANN401 - the model's own fields, of as many types
) -> None:
    """Changes the status and these fields, and appends the event; the caller holds the lock."""
    event = step(request, transition, actor=actor, now=now, details=details, **fields)
    request.save()
    event.save(force_insert=True)
    announce_when_committed([happening_of(request, kind=event.kind)])


def step(
    request: SegmentationRequest,
    transition: Transition,
    *,
    actor: str,
    now: datetime,
    details: dict[str, Any] | None = None,
    **fields: Any,  # noqa: ANN401 - likewise
) -> RequestEvent:
    """The same in memory: request and event are still to be stored, and announced."""
    rule = TRANSITIONS[transition]
    if request.status not in rule.sources:
        raise IllegalTransitionError(request.status, transition)
    request.status = rule.target
    request.event_count += 1
    for name, value in fields.items():
        setattr(request, name, value)
    return RequestEvent(
        request=request,
        seq=request.event_count,
        at=now,
        actor=actor,
        kind=transition,
        details=details or {},
    )


def append_event(
    request: SegmentationRequest, *, kind: str, actor: str, now: datetime, details: dict[str, Any]
) -> None:
    """Writes down what happened, as number `event_count`, which the caller has raised."""
    RequestEvent.objects.create(
        request=request, seq=request.event_count, at=now, actor=actor, kind=kind, details=details
    )
    announce_when_committed([happening_of(request, kind=kind)])
