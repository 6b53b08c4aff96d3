"""One claim hands out exactly one request; the only place where the databases differ.

On SQLite the transaction holds the write lock from its start. Elsewhere the row is locked, and
rows that others are claiming are passed over.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from django.db import transaction

from segrelay_api.queue import transitions
from segrelay_api.queue.eligibility import labels_of, offers_of
from segrelay_api.queue.errors import LeaseLostError
from segrelay_api.queue.leasing import Lessee
from segrelay_api.queue.models import HANDING_OUT_ORDER, RequestQuerySet, SegmentationRequest
from segrelay_api.queue.wakeups.happening import Happening
from segrelay_contract.leases import ClaimBody, ModelOffer
from segrelay_contract.status import RequestStatus


@dataclass(frozen=True)
class Claimer:
    """Who claims, by its token, and what it offers."""

    worker: str
    body: ClaimBody

    @property
    def offers(self) -> dict[str, ModelOffer]:
        """What the worker can run, by the name that a request asks for."""
        return offers_of(self.body)

    def can_take(self, happening: Happening) -> bool:
        """Whether waking this worker for it makes sense."""
        models, labels = self.abilities
        return happening.model in models and happening.worker_label in labels

    @cached_property
    def abilities(self) -> tuple[frozenset[str], frozenset[str]]:
        """Models and labels: claimers with the same get the same requests."""
        return frozenset(self.offers), frozenset(labels_of(self.body))


def claim_next(
    *, claimer: Claimer, lease_seconds: float, now: datetime
) -> SegmentationRequest | None:
    """The request that is due first among those this worker can do, now leased to it.

    Raises LeaseLostError if the request that it wants to resume cannot be had.
    """
    if not is_worth_a_transaction(claimer, now):
        return None
    with transaction.atomic():
        held = _held(claimer, now).first()
        if held is not None:
            return held
        transitions.expire_leases(now=now)
        request = (
            claimable(claimer)
            .order_by(*HANDING_OUT_ORDER)
            .select_for_update(skip_locked=True)
            .first()
        )
        if request is not None:
            lessee = Lessee(claimer.worker, claimer.body.claim_id, claimer.offers[request.model])
            transitions.claim(request, lessee=lessee, lease_seconds=lease_seconds, now=now)
        elif claimer.body.resume is not None:
            raise LeaseLostError
        return request


def is_worth_a_transaction(claimer: Claimer, now: datetime) -> bool:
    """Looks before it takes a lock: mostly there is nothing to do."""
    if claimer.body.resume is not None:
        return True
    expired = SegmentationRequest.objects.expired(now)
    return claimable(claimer).exists() or expired.exists() or _held(claimer, now).exists()


def _held(claimer: Claimer, now: datetime) -> RequestQuerySet:
    """What an earlier answer to the same claim handed out, in case that answer was lost."""
    return SegmentationRequest.objects.filter(
        status=RequestStatus.PROCESSING,
        worker=claimer.worker,
        claim_id=claimer.body.claim_id,
        lease_expires_at__gt=now,
    )


def claimable(claimer: Claimer) -> RequestQuerySet:
    """What waits and this worker can do."""
    pending = SegmentationRequest.objects.pending().filter(
        model__in=claimer.offers.keys(), worker_label__in=labels_of(claimer.body)
    )
    resume = claimer.body.resume
    return pending if resume is None else pending.filter(pk=resume)
