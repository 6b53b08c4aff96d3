from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from segrelay_contract.leases import Lease


@dataclass(frozen=True)
class HeldLease:
    """A lease in this machine's own time, so that a wrong clock in the lab does no harm."""

    token: str
    attempt: int
    renew_every_seconds: float
    ends_at: float  # monotonic seconds of this process


def held_lease(lease: Lease, *, server_now: datetime, asked_at: float) -> HeldLease:
    """Carry the server's `expires_at` over to the monotonic clock; `asked_at` errs to early."""
    left_seconds = (lease.expires_at - server_now).total_seconds()
    return HeldLease(lease.token, lease.attempt, lease.renew_every_seconds, asked_at + left_seconds)
