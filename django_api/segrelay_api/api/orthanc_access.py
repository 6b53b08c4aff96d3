from __future__ import annotations

from django.conf import settings

from segrelay_api.archive.tickets import issue_ticket
from segrelay_api.queue import clock
from segrelay_api.queue.models import SegmentationRequest
from segrelay_api.queue.request_inputs import inputs_of
from segrelay_contract.leases import OrthancAccess


def orthanc_access(leased: SegmentationRequest) -> OrthancAccess:
    """Where the archive is, and a ticket for as long as the lease lasts."""
    return OrthancAccess(url=settings.SEGRELAY.orthanc_url, ticket=_ticket(leased))


def _ticket(leased: SegmentationRequest) -> str | None:
    """By the queue's clock, as the lease; None without a secret that Orthanc has too."""
    secret = settings.SEGRELAY.ticket_secret
    if not secret or leased.lease_expires_at is None:
        return None
    return issue_ticket(
        secret=secret,
        request_id=leased.id,
        attempt=leased.attempt,
        series_ids=[each.series_id for each in inputs_of(leased)],
        study_id=leased.study_id,
        issued_at=clock.now(),
        expires_at=leased.lease_expires_at,
    )
