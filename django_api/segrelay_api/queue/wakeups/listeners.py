from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from segrelay_api.queue.wakeups.signal import Signal


class Listeners:
    """Those who want to know of everything; all of them are woken."""

    def __init__(self) -> None:
        self._signals: set[Signal] = set()

    def __bool__(self) -> bool:
        return bool(self._signals)

    @contextmanager
    def listen(self) -> Iterator[Signal]:
        """A signal that is set at every wake-up until the block is left."""
        signal = Signal()
        self._signals.add(signal)
        try:
            yield signal
        finally:
            self._signals.discard(signal)

    def wake(self) -> None:
        """Callable from any thread."""
        for signal in tuple(self._signals):
            signal.set()


everything = Listeners()
own_changes = Listeners()  # of requests, by this process alone
