"""A claim as the queue client gives it."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from segrelay_contract.leases import ClaimedRequest, InputSeries
from segrelay_worker.transfer.held_ticket import HeldTicket
from segrelay_worker.transfer.lease_term import HeldLease
from segrelay_worker.transfer.queue_client import Claim

REQUEST_ID = UUID(int=1)


def held_lease(*, ends_at: float = 1e9, renew_every_seconds: float = 0.0) -> HeldLease:
    return HeldLease("lease", 1, renew_every_seconds, ends_at)


def claim(
    lease: HeldLease | None = None, *, is_resumed: bool = False, ticket: str | None = None
) -> Claim:
    request = ClaimedRequest(
        request_id=REQUEST_ID,
        series_id="series-1",
        series_instance_uid="1.2.3",
        instances_digest="0" * 64,
        model="stub-bright",
        threshold=None,
        run=0,
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
    )
    return Claim(UUID(int=2), request, lease or held_lease(), is_resumed, HeldTicket(ticket))


def an_input(role: str, series_id: str) -> InputSeries:
    return InputSeries(
        role=role,
        series_id=series_id,
        series_instance_uid="1.2.3",
        study_id="study-1",
        instances_digest=role.encode().hex().zfill(64),
    )
