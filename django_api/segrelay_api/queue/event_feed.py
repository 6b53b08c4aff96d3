"""Reads new events once in a process, for all who follow them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

from django.db import DatabaseError

from segrelay_api.database_calls import in_database
from segrelay_api.queue import event_log
from segrelay_api.queue.event_log import Entry
from segrelay_api.queue.event_order import BEGINNING, Position
from segrelay_api.queue.wakeups.listeners import everything

PAGE = 500
RECHECK_SECONDS = 30.0
# Nobody tells when a transaction ends that held events back, so they are looked for.
SHORTEST_PAUSE_SECONDS = 0.02
LONGEST_PAUSE_SECONDS = 1.0
LONGEST_BACKLOG = 1000

log = logging.getLogger(__name__)


class Follower:
    """One who follows; whoever takes too long is let go and comes back with its position.

    Everything after `beginning` is handed to it.
    """

    def __init__(self) -> None:
        self.beginning = BEGINNING
        self._entries: asyncio.Queue[Entry] = asyncio.Queue(LONGEST_BACKLOG)
        self.is_left_behind = False

    def put(self, entries: Iterable[Entry]) -> None:
        """Never waits."""
        try:
            for entry in entries:
                self._entries.put_nowait(entry)
        except asyncio.QueueFull:
            self.is_left_behind = True

    async def next(self, *, seconds: float) -> Entry | None:
        """The next entry, or None after this time."""
        try:
            async with asyncio.timeout(seconds):  # not `wait_for`, as in `Signal.wait`
                return await self._entries.get()
        except TimeoutError:
            return None


class EventFeed:
    """Reads while somebody follows, and does nothing else."""

    def __init__(self) -> None:
        self._followers: set[Follower] = set()
        self._reader: asyncio.Task[None] | None = None
        self._is_reading = asyncio.Event()
        self._position = BEGINNING  # up to here all have been told

    @asynccontextmanager
    async def follow(self) -> AsyncIterator[Follower]:
        """Every event that becomes visible from now on, until the block is left."""
        follower = Follower()
        self._followers.add(follower)
        if self._reader is None:
            self._is_reading = asyncio.Event()
            self._reader = asyncio.create_task(self._read_for_ever())
        try:
            await self._is_reading.wait()
            follower.beginning = self._position
            yield follower
        finally:
            self._followers.discard(follower)
            self._stop_unless_followed()

    def _stop_unless_followed(self) -> None:
        if self._reader is not None and not self._followers:
            self._reader.cancel()
            self._reader = None

    async def _read_for_ever(self) -> None:
        pause_seconds = RECHECK_SECONDS
        with everything.listen() as signal:
            self._position = await _newest_position()
            self._is_reading.set()
            while True:
                await signal.wait(seconds=pause_seconds)
                last = self._position
                try:
                    is_any_held_back = await in_database(event_log.is_any_held_back)
                    await self._hand_out()
                except DatabaseError:
                    log.exception("events not read")
                    is_any_held_back = True
                pause_seconds = _next_pause(
                    pause_seconds,
                    is_complete=not is_any_held_back,
                    is_progress=self._position != last,
                )

    async def _hand_out(self) -> None:
        while entries := await in_database(event_log.entries_after, self._position, limit=PAGE):
            for follower in self._followers:
                follower.put(entries)
            self._position = entries[-1][0]


async def _newest_position() -> Position:
    while True:
        try:
            return await in_database(event_log.newest_position)
        except DatabaseError:
            log.exception("events not read")
            await asyncio.sleep(LONGEST_PAUSE_SECONDS)


def _next_pause(last_seconds: float, *, is_complete: bool, is_progress: bool) -> float:
    if is_complete:
        return RECHECK_SECONDS
    if is_progress or last_seconds == RECHECK_SECONDS:
        return SHORTEST_PAUSE_SECONDS
    return min(2 * last_seconds, LONGEST_PAUSE_SECONDS)


event_feed = EventFeed()
