"""What a lease is made of, and who shows the right token."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from segrelay_api.queue.errors import LeaseLostError
from segrelay_api.queue.models import SegmentationRequest
from segrelay_contract.leases import ModelOffer
from segrelay_contract.status import RequestStatus

RENEWALS_PER_LEASE = 4
OLD_PROTOCOL_LEASE_SECONDS = 30 * 60.0

# What handing out changes.
LEASE_FIELDS = (
    "status",
    "attempt",
    "attempts_used",
    "model",
    "model_digest",
    "worker",
    "claim_id",
    "is_bound_to_worker",
    "lease_token",
    "lease_expires_at",
    "started_at",
    "settled_token",
    "event_count",
)
NO_LEASE: dict[str, Any] = {
    "lease_token": "",
    "lease_expires_at": None,
    "claim_id": None,
    "stage": "",
    "progress": 0.0,
}


@dataclass(frozen=True)
class Lessee:
    """Who takes a request, and with which model; the old protocol names none and has no token."""

    worker: str
    claim_id: UUID = field(default_factory=uuid4)
    offer: ModelOffer | None = None
    is_bound: bool = False


def lease(lessee: Lessee, *, seconds: float, now: datetime) -> dict[str, Any]:
    """The fields of a request that a new lease sets."""
    return {
        "worker": lessee.worker,
        "claim_id": lessee.claim_id,
        "is_bound_to_worker": lessee.is_bound,
        "lease_token": secrets.token_urlsafe(32),
        "lease_expires_at": now + timedelta(seconds=seconds),
        "started_at": now,
        "settled_token": "",
    }


def renew(request: SegmentationRequest, *, seconds: float, now: datetime) -> None:
    """Good for as long again, from now."""
    request.lease_expires_at = now + timedelta(seconds=seconds)


def is_claimable(request: SegmentationRequest, *, now: datetime) -> bool:
    """Pending, or leased to somebody who no longer renews."""
    return request.status == RequestStatus.PENDING or has_expired(request, now=now)


def has_expired(request: SegmentationRequest, *, now: datetime) -> bool:
    """Leased to somebody who no longer renews."""
    return request.lease_expires_at is not None and request.lease_expires_at <= now


def check_lease(
    request: SegmentationRequest, *, worker: str, token: str | None, now: datetime
) -> None:
    """Raises LeaseLostError unless this worker holds the request now."""
    holds = request.status == RequestStatus.PROCESSING and not has_expired(request, now=now)
    if not holds or not _shows(request, request.lease_token, worker=worker, token=token):
        raise LeaseLostError


def has_settled(request: SegmentationRequest, *, worker: str, token: str | None) -> bool:
    """Whether this lease has ended before: its holder's answer was lost, or it was cancelled."""
    return _shows(request, request.settled_token, worker=worker, token=token)


def _shows(request: SegmentationRequest, right: str, *, worker: str, token: str | None) -> bool:
    if not right or request.worker != worker:
        return False
    if token is None:
        return request.is_bound_to_worker
    return secrets.compare_digest(right.encode(), token.encode())
