"""Gathers the claims of one process into batches."""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import Sequence
from datetime import datetime

from django.conf import settings

from segrelay_api.database_calls import in_database
from segrelay_api.queue import clock
from segrelay_api.queue.claimer import Claimer
from segrelay_api.queue.claiming import claim_all
from segrelay_api.queue.errors import LeaseLostError
from segrelay_api.queue.models import SegmentationRequest
from segrelay_api.queue.superseding import note_superseded

LARGEST_BATCH = 64  # claims; a transaction must stay short
Answer = asyncio.Future[SegmentationRequest | None]


class _Gathering:
    """The claims of one event loop that no transaction has taken yet."""

    def __init__(self) -> None:
        self._waiting: list[tuple[Claimer, Answer]] = []
        self._serving: asyncio.Task[None] | None = None

    async def claim(self, claimer: Claimer) -> SegmentationRequest | None:
        answer: Answer = asyncio.get_running_loop().create_future()
        self._waiting.append((claimer, answer))
        if self._serving is None:
            self._serving = asyncio.create_task(self._serve())
        return await answer

    async def _serve(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting[:LARGEST_BATCH], self._waiting[LARGEST_BATCH:]
            await self._serve_batch([claim for claim in batch if not claim[1].done()])
        self._serving = None

    async def _serve_batch(self, batch: list[tuple[Claimer, Answer]]) -> None:
        try:
            claimed = await in_database(
                _claim_all,
                claimers=[claimer for claimer, _ in batch],
                lease_seconds=settings.SEGRELAY.lease_seconds,
                now=clock.now(),
            )
        except Exception as error:  # noqa: BLE001 - each caller gets it
            for _, answer in batch:
                if not answer.done():
                    answer.set_exception(error)
            return
        for (_, answer), request in zip(batch, claimed, strict=True):
            if not answer.done():  # its caller may be gone
                answer.set_result(request)


def _claim_all(
    *, claimers: Sequence[Claimer], lease_seconds: float, now: datetime
) -> list[SegmentationRequest | None]:
    claimed = claim_all(claimers=claimers, lease_seconds=lease_seconds, now=now)
    note_superseded([request for request in claimed if request])
    return claimed


_gatherings: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, _Gathering] = (
    weakref.WeakKeyDictionary()
)


async def claim_together(claimer: Claimer) -> SegmentationRequest | None:
    """What `claim_all` gives it, in one transaction with those who ask at the same moment.

    Raises LeaseLostError if the request that it wants to resume cannot be had.
    """
    loop = asyncio.get_running_loop()
    claimed = await _gatherings.setdefault(loop, _Gathering()).claim(claimer)
    if claimed is None and claimer.body.resume is not None:
        raise LeaseLostError
    return claimed
