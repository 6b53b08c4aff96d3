from __future__ import annotations

import asyncio
import contextlib


class Signal:
    """One who waits on the event loop, and can be woken from any thread."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._event = asyncio.Event()

    def set(self) -> None:
        """Ends the wait, or the next one."""
        with contextlib.suppress(RuntimeError):  # its loop has ended, and whoever waited with it
            self._loop.call_soon_threadsafe(self._event.set)

    async def wait(self, *, seconds: float) -> bool:
        """Until it is set, or the time is over; whether it was set."""
        # Not `wait_for`: before Python 3.12 it loses a cancel that comes as the wait ends.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._event.wait()
        was_set = self._event.is_set()
        self._event.clear()
        return was_set
