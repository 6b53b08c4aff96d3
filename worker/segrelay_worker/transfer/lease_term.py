from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from datetime import datetime

from segrelay_contract.leases import Lease

LONGEST_SILENCE_SECONDS = 5.0  # a renewal is also how a worker hears that nobody waits any more


@dataclass(frozen=True)
class HeldLease:
    """A lease in this machine's own time, so that a wrong clock in the lab does no harm."""

    token: str
    attempt: int
    renew_every_seconds: float
    ends_at: float  # as `lease_clock` counts


def lease_clock() -> float:
    """Seconds that no change of the date moves and no suspended machine leaves out."""
    if sys.platform == "linux":
        return time.clock_gettime(time.CLOCK_BOOTTIME)
    return time.monotonic()


def held_lease(lease: Lease, *, server_now: datetime, asked_at: float) -> HeldLease:
    """Carry the server's `expires_at` over to `lease_clock`; `asked_at` errs to early."""
    left_seconds = (lease.expires_at - server_now).total_seconds()
    renew_every_seconds = min(lease.renew_every_seconds, LONGEST_SILENCE_SECONDS)
    return HeldLease(lease.token, lease.attempt, renew_every_seconds, asked_at + left_seconds)
