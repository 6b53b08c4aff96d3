"""Reads events in the order in which nobody misses any."""

from __future__ import annotations

from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

from segrelay_api.queue.event_order import (
    BEGINNING,
    OldestRunningTransaction,
    Position,
    is_after,
)
from segrelay_api.queue.models import RequestEvent
from segrelay_api.queue.wakeups.happening import Happening
from segrelay_contract.events import EventView

Entry = tuple[Position, EventView]
HAPPENING_COLUMNS = ("request_id", "seq", "kind", "request__model", "request__worker_label")


def entries_after(
    position: Position, *, limit: int, request_id: UUID | None = None
) -> tuple[Entry, ...]:
    """The next events, of all requests or of one.

    What is still behind a transaction that has not ended is not among them. Of one request,
    `seq` tells the order.
    """
    found = _settled_after(position)
    if request_id is not None:
        found = found.filter(request_id=request_id)
    return tuple((_position(event), _view(event)) for event in found[:limit])


def happenings_after(position: Position, *, limit: int) -> list[tuple[Position, Happening]]:
    """The same for those who wait."""
    rows = _settled_after(position).values_list("transaction_number", "id", *HAPPENING_COLUMNS)
    return [
        (Position(transaction_number, event_id), _happening(*columns))
        for transaction_number, event_id, *columns in rows[:limit]
    ]


def changes_after(position: Position, *, limit: int) -> list[tuple[Position, UUID]]:
    """Of which requests the next events are; a stage is no change of what they have come to."""
    rows = _settled_after(position).exclude(kind="stage")
    columns = rows.values_list("transaction_number", "id", "request_id")[:limit]
    return [(Position(number, event_id), request_id) for number, event_id, request_id in columns]


def newest_position() -> Position:
    """Everything that comes later lies behind it."""
    newest = _settled_after(BEGINNING).reverse().first()
    return _position(newest) if newest else BEGINNING


def is_any_held_back() -> bool:
    """Whether there are events that are shown only when a running transaction has ended."""
    if connection.vendor != "postgresql":
        return False
    held_back = RequestEvent.objects.filter(transaction_number__gte=OldestRunningTransaction())
    # exists() would drop the order, and without that PostgreSQL reads the whole table.
    return held_back.order_by("transaction_number", "id").first() is not None


def _settled_after(position: Position) -> QuerySet[RequestEvent]:
    if connection.vendor != "postgresql":  # one writer at a time: ids are committed in order
        return RequestEvent.objects.filter(id__gt=position.event_id).order_by("id")
    return RequestEvent.objects.filter(
        is_after(position), transaction_number__lt=OldestRunningTransaction()
    ).order_by("transaction_number", "id")


def _position(event: RequestEvent) -> Position:
    return Position(event.transaction_number, event.pk)


def _happening(request_id: UUID, seq: int, kind: str, model: str, worker_label: str) -> Happening:
    return Happening(
        request_id=request_id, seq=seq, kind=kind, model=model, worker_label=worker_label
    )


def _view(event: RequestEvent) -> EventView:
    return EventView(
        request_id=event.request_id,
        seq=event.seq,
        at=event.at,
        actor=event.actor,
        kind=event.kind,
        details=event.details,
    )
