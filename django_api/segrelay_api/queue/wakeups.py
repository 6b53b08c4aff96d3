"""Wakes those who wait for work as soon as there may be some."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager


class Wakeups:
    """Waiting costs an event on the loop: no thread, no connection, no look at the table."""

    def __init__(self) -> None:
        self._waiting: set[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = set()

    @contextmanager
    def listen(self) -> Iterator[asyncio.Event]:
        """An event that is set at every wake-up until the block is left."""
        waiter = (asyncio.get_running_loop(), asyncio.Event())
        self._waiting.add(waiter)
        try:
            yield waiter[1]
        finally:
            self._waiting.discard(waiter)

    def wake(self) -> None:
        """Callable from any thread, after the commit that made the work visible."""
        for loop, event in tuple(self._waiting):
            if not loop.is_closed():
                loop.call_soon_threadsafe(event.set)


work_arrived = Wakeups()
