from __future__ import annotations

import asyncio
import logging

from segrelay_api.database_calls import in_database
from segrelay_api.queue import clock
from segrelay_api.queue.models import SegmentationRequest
from segrelay_api.queue.transitions import expire_leases
from segrelay_api.queue.workers import forget_retired

SWEEP_SECONDS = 3.0
log = logging.getLogger(__name__)


async def sweep_for_ever() -> None:
    """Expires leases that nobody renews, and forgets the models of workers that are gone."""
    while True:
        await asyncio.sleep(SWEEP_SECONDS)
        await sweep()


async def sweep() -> None:
    """Once, and looks at the database's clock; one that fails for a while is asked again later."""
    try:
        expired = await in_database(_sweep)
    except Exception:
        log.exception("sweep failed")
    else:
        if expired:
            log.info("leases expired count=%d", expired)


def _sweep() -> int:
    """Looks before it takes the write lock: mostly there is nothing to do."""
    clock.compare()
    now = clock.now()
    forget_retired(now=now)
    if not SegmentationRequest.objects.expired(now).exists():
        return 0
    return expire_leases(now=now)
