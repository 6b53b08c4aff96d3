"""Claims that come together are served together: one transaction instead of one for each.

Nobody waits for company: what arrives while one transaction runs is taken by the next.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Field

from segrelay_api.queue import transitions
from segrelay_api.queue.claiming import Claimer, claim_next, claimable, is_worth_a_transaction
from segrelay_api.queue.leasing import LEASE_FIELDS, Lessee
from segrelay_api.queue.models import HANDING_OUT_ORDER, RequestEvent, SegmentationRequest
from segrelay_api.queue.wakeups.announcing import announce_when_committed
from segrelay_api.queue.wakeups.happening import happening_of
from segrelay_contract.status import RequestStatus

Claimed = list[SegmentationRequest | None]
_META = SegmentationRequest._meta  # noqa: SLF001 - Django documents it
_LEASE_FIELDS = [field for field in _META.concrete_fields if field.name in LEASE_FIELDS]
LARGEST = 64  # claims; a transaction must stay short


def claim_batch(*, claimers: Sequence[Claimer], lease_seconds: float, now: datetime) -> Claimed:
    """What `claim_next` gives each of them, in their order; none of them resumes."""
    if len(claimers) == 1:
        return [claim_next(claimer=claimers[0], lease_seconds=lease_seconds, now=now)]
    if not _is_worth_a_transaction(claimers, now):
        return [None] * len(claimers)
    with transaction.atomic():
        transitions.expire_leases(now=now)
        held = _held(claimers, now)
        claimed: Claimed = [held.get((one.worker, one.body.claim_id)) for one in claimers]
        events: list[RequestEvent] = []
        for places in _places_by_ability(claimers, claimed):
            for place, request in zip(places, _due(claimers[places[0]], len(places)), strict=False):
                lessee = _lessee(claimers[place], request)
                events.append(
                    transitions.lease_out(
                        request, lessee=lessee, lease_seconds=lease_seconds, now=now
                    )
                )
                claimed[place] = request
        _store(events)
        return claimed


def _is_worth_a_transaction(claimers: Sequence[Claimer], now: datetime) -> bool:
    """One look for those who can do the same; a claim that was answered before always is."""
    different = {one.abilities: one for one in claimers}.values()
    return any(is_worth_a_transaction(one, now) for one in different) or bool(_held(claimers, now))


def _held(
    claimers: Sequence[Claimer], now: datetime
) -> dict[tuple[str, object], SegmentationRequest]:
    """What earlier answers to the same claims handed out, in case they were lost."""
    found = SegmentationRequest.objects.filter(
        status=RequestStatus.PROCESSING,
        claim_id__in=[one.body.claim_id for one in claimers],
        lease_expires_at__gt=now,
    )
    return {(one.worker, one.claim_id): one for one in found}


def _places_by_ability(claimers: Sequence[Claimer], claimed: Claimed) -> Iterator[list[int]]:
    """Those who still need a request, together with those who can do the same."""
    places = defaultdict(list)
    seen: set[tuple[str, object]] = set()
    for place, claimer in enumerate(claimers):
        own = (claimer.worker, claimer.body.claim_id)
        if claimed[place] is None and own not in seen:  # a repeated claim gets one request
            places[claimer.abilities].append(place)
        seen.add(own)
    yield from places.values()


def _due(claimer: Claimer, count: int) -> list[SegmentationRequest]:
    ordered = claimable(claimer).order_by(*HANDING_OUT_ORDER)
    return list(ordered.select_for_update(skip_locked=True)[:count])


def _lessee(claimer: Claimer, request: SegmentationRequest) -> Lessee:
    return Lessee(claimer.worker, claimer.body.claim_id, claimer.offers[request.model])


def _store(events: Sequence[RequestEvent]) -> None:
    """All rows by one prepared statement, all events by one other."""
    assignments = ", ".join(f"{field.column} = %s" for field in _LEASE_FIELDS)
    statement = f"UPDATE {_META.db_table} SET {assignments} WHERE id = %s"  # noqa: S608 - own names
    rows = [
        [_prepared(event.request, field) for field in (*_LEASE_FIELDS, _META.pk)]
        for event in events
    ]
    with connection.cursor() as cursor:
        cursor.executemany(statement, rows)
    RequestEvent.objects.bulk_create(events)
    for event in events:
        announce_when_committed(happening_of(event.request, kind=event.kind))


def _prepared(request: SegmentationRequest, field: Field[Any, Any]) -> Any:  # noqa: ANN401 - as the driver takes it
    return field.get_db_prep_save(getattr(request, field.attname), connection)
