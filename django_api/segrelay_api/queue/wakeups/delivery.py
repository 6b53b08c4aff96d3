"""Hands what was committed to those of this process who wait for it."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable
from uuid import UUID

from segrelay_api.queue.wakeups.endings import endings
from segrelay_api.queue.wakeups.happening import Happening
from segrelay_api.queue.wakeups.line import waiting_for_work
from segrelay_api.queue.wakeups.listeners import everything

LONGEST_MEMORY = 10_000


class Memory:
    """Knows what was delivered: a process hears of its own commits from its neighbours as well."""

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[UUID, int], None] = OrderedDict()
        self._lock = threading.Lock()

    def is_new(self, happening: Happening) -> bool:
        """True once for each event."""
        key = (happening.request_id, happening.seq)
        with self._lock:
            if key in self._known:
                return False
            self._known[key] = None
            if len(self._known) > LONGEST_MEMORY:
                self._known.popitem(last=False)
            return True


_memory = Memory()


def anybody_waits() -> bool:
    """Whether a delivery would reach somebody."""
    return bool(waiting_for_work or endings or everything)


def deliver(happenings: Iterable[Happening]) -> None:
    """Wakes whom it concerns. Callable from any thread; the same event again wakes nobody."""
    new = [happening for happening in happenings if _memory.is_new(happening)]
    for happening in new:
        if happening.makes_work:
            waiting_for_work.offer(happening)
        if happening.is_an_end:
            endings.wake(happening.request_id)
    if new:
        everything.wake()


def look_again() -> None:
    """Wakes everybody: something may have happened that nobody told."""
    waiting_for_work.wake_all()
    endings.wake_all()
    everything.wake()
