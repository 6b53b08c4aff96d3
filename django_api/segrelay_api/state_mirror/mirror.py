from __future__ import annotations

import asyncio
from collections.abc import Sequence
from uuid import UUID

from segrelay_api.archive.orthanc_client import OrthancClient
from segrelay_api.archive.plugin_states import Telling, tell_state
from segrelay_api.database_calls import in_database
from segrelay_api.queue.models import SegmentationRequest
from segrelay_api.queue.request_inputs import inputs_of
from segrelay_api.queue.untold_states import Place, mark_told, untold
from segrelay_api.state_mirror.state import state_of

BATCH = 32  # requests; one write marks them all as told
AT_ONCE = 4  # calls to the plugin, which works on one at a time


class StateMirror:
    """Tells the plugin of every request that changed; the newest state of each, at its series."""

    def __init__(self, orthanc: OrthancClient) -> None:
        self._orthanc = orthanc
        self._put_off: set[tuple[UUID, int]] = set()

    def try_all_again(self) -> None:
        """Also what the plugin stumbled over."""
        self._put_off.clear()

    async def tell_all(self) -> bool:
        """Whether the plugin was there; if not, what is left waits."""
        after: Place | None = None
        while batch := await in_database(untold, after=after, most=BATCH):
            if not await self._tell_batch(batch):
                return False
            after = (batch[-1].created_at, batch[-1].pk)
        return True

    async def _tell_batch(self, batch: Sequence[SegmentationRequest]) -> bool:
        told: list[SegmentationRequest] = []
        is_there = True
        left = [request for request in batch if _key(request) not in self._put_off]
        for start in range(0, len(left), AT_ONCE):
            few = left[start : start + AT_ONCE]
            tellings = await asyncio.gather(*map(self._tell, few))
            told += [
                each for each, telling in zip(few, tellings, strict=True) if telling.is_settled
            ]
            is_there = Telling.AWAY not in tellings
            if not is_there:
                break
        if told:
            await in_database(mark_told, told=told)
        return is_there

    async def _tell(self, request: SegmentationRequest) -> Telling:
        """At each of its series; the worst that came of it."""
        state = state_of(request)
        worst = Telling.TAKEN
        for series in inputs_of(request):
            telling = await tell_state(self._orthanc, series_id=series.series_id, state=state)
            if telling is Telling.AWAY:
                return telling
            if telling is Telling.BROKEN:
                worst = telling
        if worst is Telling.BROKEN:
            self._put_off.add(_key(request))
        return worst


def _key(request: SegmentationRequest) -> tuple[UUID, int]:
    return request.pk, request.event_count
