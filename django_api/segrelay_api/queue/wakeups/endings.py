from __future__ import annotations

import asyncio
from collections import defaultdict
from uuid import UUID

from segrelay_api.database_calls import in_database
from segrelay_api.queue import selectors
from segrelay_api.queue.wakeups.signal import Signal
from segrelay_contract.status import RequestStatus, is_final

# Every end wakes; this is for a wake-up that was lost on its way.
RECHECK_SECONDS = 30.0


class Endings:
    """Who waits for the end of which request; all who wait for it are woken."""

    def __init__(self) -> None:
        self._signals: dict[UUID, set[Signal]] = defaultdict(set)

    def __bool__(self) -> bool:
        return bool(self._signals)

    def add(self, request_id: UUID) -> Signal:
        """A signal for whoever waits from now on."""
        signal = Signal()
        self._signals[request_id].add(signal)
        return signal

    def remove(self, request_id: UUID, signal: Signal) -> None:
        """It waits no longer."""
        self._signals[request_id].discard(signal)
        if not self._signals[request_id]:
            del self._signals[request_id]

    def wake(self, request_id: UUID) -> None:
        """Callable from any thread."""
        for signal in tuple(self._signals.get(request_id, ())):
            signal.set()

    def wake_all(self) -> None:
        """What happened is not known: everybody looks."""
        for request_id in tuple(self._signals):
            self.wake(request_id)


endings = Endings()


async def wait_until_ended(request_id: UUID, *, seconds: float) -> bool:
    """Whether the request ended within this time. Raises UnknownRequestError."""
    now = asyncio.get_running_loop().time
    deadline = now() + seconds
    signal = endings.add(request_id)
    try:
        while not await in_database(_has_ended, request_id):
            remaining = deadline - now()
            if remaining <= 0:
                return False
            await signal.wait(seconds=min(remaining, RECHECK_SECONDS))
    finally:
        endings.remove(request_id, signal)
    return True


def _has_ended(request_id: UUID) -> bool:
    return is_final(RequestStatus(selectors.get_request(request_id=request_id).status))
