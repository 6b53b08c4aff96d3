from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from segrelay_api.queue.models import SegmentationRequest
from segrelay_api.queue.wakeups.happening import Happening
from segrelay_api.queue.wakeups.line import waiting_for_work

# Everything that makes work wakes; this is for a wake-up that was lost on its way.
RECHECK_SECONDS = 30.0


async def claim_when_possible(
    *,
    claim: Callable[[], Awaitable[SegmentationRequest | None]],
    can_take: Callable[[Happening], bool],
    seconds: float,
) -> SegmentationRequest | None:
    """The request that `claim` got, tried at once and at each wake-up; None when time is over."""
    now = asyncio.get_running_loop().time
    deadline = now() + seconds
    with waiting_for_work.place(can_take) as place:
        while True:
            tried = frozenset(place.handed)
            claimed = await claim()
            if claimed is not None:
                place.forget(frozenset({claimed.pk}))
                return claimed
            place.forget(tried)
            remaining = deadline - now()
            if remaining <= 0:
                return None
            await place.signal.wait(seconds=min(remaining, RECHECK_SECONDS))
