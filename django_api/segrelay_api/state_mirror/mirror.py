from __future__ import annotations

import asyncio
from collections.abc import Sequence
from uuid import UUID

from segrelay_api.archive.orthanc_client import OrthancClient
from segrelay_api.archive.plugin_states import Telling, tell_state
from segrelay_api.database_calls import in_database
from segrelay_api.queue import untold_states
from segrelay_api.queue.models import SegmentationRequest
from segrelay_api.queue.request_inputs import inputs_of
from segrelay_api.state_mirror.state import state_of

BATCH = 64  # events, most of them of requests of their own; one write notes that they are told
AT_ONCE = 4  # calls to the plugin, which works on one at a time


class StateMirror:
    """Tells the plugin of every request that changed; the newest state of each, at its series."""

    def __init__(self, orthanc: OrthancClient) -> None:
        self._orthanc = orthanc
        self._put_off: set[UUID] = set()

    def try_all_again(self) -> None:
        """Also what the plugin stumbled over."""
        self._put_off.clear()

    async def tell_all(self) -> bool:
        """Whether the plugin was there; if not, what is left waits."""
        while changed := await in_database(untold_states.changed_requests, most=BATCH):
            if not await self._tell_each(changed.requests):
                return False
            await in_database(untold_states.note_told_until, position=changed.until)
            await self._forget(changed.requests)
            if changed.is_last:
                break
        return await self._tell_what_was_left()

    async def _tell_what_was_left(self) -> bool:
        while left := await in_database(untold_states.left_over, but=self._put_off, most=BATCH):
            if not await self._tell_each(left):
                return False
            await self._forget(left)
        return True

    async def _forget(self, requests: Sequence[SegmentationRequest]) -> None:
        told = [request for request in requests if request.pk not in self._put_off]
        await in_database(untold_states.forget_left_over, requests=told)

    async def _tell_each(self, requests: Sequence[SegmentationRequest]) -> bool:
        """A few at a time; whether the plugin was there for all of them."""
        for start in range(0, len(requests), AT_ONCE):
            few = requests[start : start + AT_ONCE]
            tellings = await asyncio.gather(*map(self._tell, few))
            if Telling.AWAY in tellings:
                return False
            pairs = zip(few, tellings, strict=True)
            stumbled = [request for request, telling in pairs if telling is Telling.BROKEN]
            if stumbled:
                self._put_off |= {request.pk for request in stumbled}
                await in_database(untold_states.tell_later, requests=stumbled)
        return True

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
        return worst
