"""Which requests changed since the Orthanc plugin was told, by the events that they have anyway.

So a claim writes nothing for it: how far the plugin was told is one row for all.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction

from segrelay_api.queue import event_log
from segrelay_api.queue.event_order import BEGINNING, Position
from segrelay_api.queue.models import MirrorPosition, SegmentationRequest, UntoldState

THE_ROW = 1


@dataclass(frozen=True)
class Changed:
    """Requests as they are now, and up to which event nothing is left once these are told."""

    requests: tuple[SegmentationRequest, ...]
    until: Position
    is_last: bool  # what came after them came after this look


def changed_requests(*, most: int) -> Changed | None:
    """Those of the next events, each once; None where the plugin knows everything."""
    changes = event_log.changes_after(told_until(), limit=most)
    if not changes:
        return None
    keys = dict.fromkeys(request_id for _, request_id in changes)
    found = SegmentationRequest.objects.in_bulk(list(keys))
    return Changed(
        requests=tuple(found[key] for key in keys if key in found),
        until=changes[-1][0],
        is_last=len(changes) < most,
    )


def told_until() -> Position:
    """Every event up to here needs no more telling."""
    row = MirrorPosition.objects.filter(pk=THE_ROW).first()
    return BEGINNING if row is None else Position(row.transaction_number, row.event_id)


@transaction.atomic
def note_told_until(*, position: Position) -> None:
    """Never goes back: of several web hosts one may be further."""
    row, _ = MirrorPosition.objects.select_for_update().get_or_create(
        pk=THE_ROW, defaults={"transaction_number": 0, "event_id": 0}
    )
    if Position(row.transaction_number, row.event_id) < position:
        row.transaction_number = position.transaction_number
        row.event_id = position.event_id
        row.save()


def tell_later(*, requests: Iterable[SegmentationRequest]) -> None:
    """Although nothing happens to them."""
    UntoldState.objects.bulk_create(
        (UntoldState(request=request) for request in requests), ignore_conflicts=True
    )


def left_over(*, but: Collection[UUID], most: int) -> list[SegmentationRequest]:
    """Those to be told later, except these."""
    left = SegmentationRequest.objects.filter(untoldstate__isnull=False)
    return list(left.exclude(pk__in=but).order_by("created_at")[:most])


def forget_left_over(*, requests: Sequence[SegmentationRequest]) -> None:
    """They are told; looks first, because mostly none is left over."""
    told = UntoldState.objects.filter(request__in=[request.pk for request in requests])
    if told.exists():
        told.delete()


def tell_nobody() -> None:
    """There is no plugin; one that comes later is told what happens from then on."""
    newest = event_log.newest_position()
    if told_until() < newest:
        note_told_until(position=newest)
    if UntoldState.objects.exists():
        UntoldState.objects.all().delete()
