"""Hands out requests: each claim gets one, and those that come together share a transaction.

A claim alone is a batch of one. On SQLite the transaction holds the write lock from its start;
elsewhere rows are locked, and those that others are claiming are passed over.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from datetime import datetime

from django.db import IntegrityError, connection, transaction
from django.db.models import Q

from segrelay_api.queue import transitions
from segrelay_api.queue.claimer import Claimer, ClaimKey
from segrelay_api.queue.leasing import has_expired
from segrelay_api.queue.models import HANDING_OUT_ORDER, RequestQuerySet, SegmentationRequest
from segrelay_contract.status import RequestStatus

TRIES = 3
Leased = dict[ClaimKey, SegmentationRequest]


def claim_all(
    *, claimers: Sequence[Claimer], lease_seconds: float, now: datetime
) -> list[SegmentationRequest | None]:
    """For each, in their order: what is due first among what it can do, now leased to it, or None.

    Who claimed before under the same id gets the same lease again, in case the answer was lost.
    """
    if _waits_for_a_lock() and not _is_anything_there(claimers, now):
        return [None] * len(claimers)
    for _ in range(TRIES - 1):
        with suppress(IntegrityError):
            return _claim_all(claimers, lease_seconds, now)
    return _claim_all(claimers, lease_seconds, now)


@transaction.atomic
def _claim_all(
    claimers: Sequence[Claimer], lease_seconds: float, now: datetime
) -> list[SegmentationRequest | None]:
    """Once.

    Raises IntegrityError if another process gave a lease to one of these claims, or took in the
    same work as one of these requests, at this moment: the next try sees it.
    """
    leased = _held(claimers, now)
    for alike in _alike(claimer for claimer in claimers if claimer.key not in leased):
        leased |= _lease_due(alike, lease_seconds=lease_seconds, now=now)
    return [leased.get(claimer.key) for claimer in claimers]


def _waits_for_a_lock() -> bool:
    """Whether a transaction waits for other writers, although mostly there is nothing to write."""
    return connection.vendor == "sqlite"


def _is_anything_there(claimers: Sequence[Claimer], now: datetime) -> bool:
    return any(_claimable(alike[0]).exists() for alike in _alike(claimers)) or bool(
        _concerned(claimers, now).exists()
    )


def _alike(claimers: Iterable[Claimer]) -> Collection[list[Claimer]]:
    """Those who can take the same requests, together; a claim that came twice counts once."""
    groups: dict[object, list[Claimer]] = defaultdict(list)
    for claimer in {claimer.key: claimer for claimer in claimers}.values():
        groups[claimer.abilities, claimer.body.resume].append(claimer)
    return groups.values()


def _held(claimers: Sequence[Claimer], now: datetime) -> Leased:
    """What the same claims were given before; leases that have ended are swept on the way."""
    found = list(_concerned(claimers, now))
    if any(has_expired(request, now=now) for request in found):
        transitions.expire_leases(now=now)
    by_key = {
        ClaimKey(request.worker, request.claim_id): request
        for request in found
        if not has_expired(request, now=now)
    }
    return {claimer.key: by_key[claimer.key] for claimer in claimers if claimer.key in by_key}


def _concerned(claimers: Sequence[Claimer], now: datetime) -> RequestQuerySet:
    """Leases of the same claims, and those that have ended: an index for each."""
    theirs = Q(claim_id__in={claimer.body.claim_id for claimer in claimers})
    ended = Q(status=RequestStatus.PROCESSING, lease_expires_at__lte=now)
    return SegmentationRequest.objects.filter(theirs | ended)


def _lease_due(alike: Sequence[Claimer], *, lease_seconds: float, now: datetime) -> Leased:
    """One request for each, as far as they go."""
    due = _claimable(alike[0]).order_by(*HANDING_OUT_ORDER).select_for_update(skip_locked=True)
    handed_out = list(zip(alike, due[: len(alike)], strict=False))
    lessees = [(request, claimer.lessee(request.model)) for claimer, request in handed_out]
    transitions.claim(lessees, lease_seconds=lease_seconds, now=now)
    return {claimer.key: request for claimer, request in handed_out}


def _claimable(claimer: Claimer) -> RequestQuerySet:
    """What waits and this worker can do."""
    models, labels = claimer.abilities
    pending = SegmentationRequest.objects.pending().filter(
        model__in=models, worker_label__in=labels
    )
    resume = claimer.body.resume
    return pending if resume is None else pending.filter(pk=resume)
