"""Who waits for work, oldest first; a piece of work wakes one of them, not all."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from uuid import UUID

from segrelay_api.queue.wakeups.happening import Happening
from segrelay_api.queue.wakeups.signal import Signal


class Place:
    """One place in the line; `handed` is the work that its owner was woken for."""

    def __init__(self, can_take: Callable[[Happening], bool]) -> None:
        self.can_take = can_take
        self.signal = Signal()
        self.handed: dict[UUID, Happening] = {}

    def forget(self, tried: frozenset[UUID]) -> None:
        """A look at the queue after this work was handed over found that somebody else has it."""
        for request_id in tried:
            self.handed.pop(request_id, None)


class Line:
    """Safe to use from any thread; a place lasts as long as the block that took it."""

    def __init__(self) -> None:
        self._places: list[Place] = []
        self._lock = threading.Lock()

    def __bool__(self) -> bool:
        return bool(self._places)

    @contextmanager
    def place(self, can_take: Callable[[Happening], bool]) -> Iterator[Place]:
        """Whoever leaves passes on what it was woken for and has not looked for."""
        place = Place(can_take)
        with self._lock:
            self._places.append(place)
        try:
            yield place
        finally:
            with self._lock:
                self._places.remove(place)
            for work in tuple(place.handed.values()):
                self.offer(work)

    def offer(self, work: Happening) -> None:
        """Wakes the oldest who can take it, first of all one who was not woken already."""
        with self._lock:
            able = [place for place in self._places if place.can_take(work)]
            idle = [place for place in able if not place.handed]
            chosen = next(iter(idle or able), None)
            if chosen is not None:
                chosen.handed[work.request_id] = work
                chosen.signal.set()

    def wake_all(self) -> None:
        """What happened is not known: everybody looks."""
        with self._lock:
            for place in self._places:
                place.signal.set()


waiting_for_work = Line()
