from __future__ import annotations

from datetime import datetime

from segrelay_api.queue.claimer import Claimer
from segrelay_api.queue.claiming import claim_all
from segrelay_api.queue.models import SegmentationRequest


def claim_next(
    *, claimer: Claimer, lease_seconds: float, now: datetime
) -> SegmentationRequest | None:
    """What one who claims alone gets."""
    [claimed] = claim_all(claimers=[claimer], lease_seconds=lease_seconds, now=now)
    return claimed
