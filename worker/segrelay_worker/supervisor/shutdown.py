from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from segrelay_worker.supervisor.abort import Abort, AbortReason

_SIGNALS = (signal.SIGTERM, signal.SIGINT)

FINISH_SECONDS = 90.0
STOP_SECONDS = FINISH_SECONDS + 50.0  # calls under way, then giving back, at their slowest


class Shutdown:
    """The operator's wish that this worker ends.

    First wish: claim nothing more, give the request in hand back unless its result is nearly
    stored. Second wish, or the first one so many seconds ago: give it back whatever is done.
    """

    def __init__(self, *, finish_seconds: float = FINISH_SECONDS) -> None:
        self._finish_seconds = finish_seconds
        self.waiting = Abort()  # ends every wait of a worker that holds no request
        self._lock = threading.Lock()
        self._wishes = 0
        self._in_hand: Abort | None = None

    @property
    def is_asked(self) -> bool:
        """Whether anybody wants this worker to end."""
        return self._wishes > 0

    def ask(self) -> None:
        """Take one wish in."""
        with self._lock:
            self._wishes += 1
            in_hand = self._in_hand
            if self._wishes == 1:
                self._insist_later()
        self.waiting.set(AbortReason.STOPPING)
        if in_hand is not None:
            self._pass_on(in_hand)

    @contextmanager
    def holding(self, abort: Abort) -> Iterator[None]:
        """While a request is in hand, its abort is told."""
        with self._lock:
            self._in_hand = abort
        if self.is_asked:
            self._pass_on(abort)
        try:
            yield
        finally:
            with self._lock:
                self._in_hand = None

    def _insist_later(self) -> None:
        timer = threading.Timer(self._finish_seconds, self.ask)
        timer.daemon = True
        timer.start()

    def _pass_on(self, abort: Abort) -> None:
        if self._wishes > 1:
            abort.set(AbortReason.STOPPING)
        else:
            abort.ask_to_stop()


def ask_on_signals(ask: Callable[[], None]) -> None:
    """Call `ask` for each SIGTERM and SIGINT, in a thread of its own.

    Python runs handlers in the main thread, which may hold a lock that `ask` needs, or sleep on
    while the kernel hands the signal to another thread. The wake-up pipe knows neither trouble.
    """
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    signal.set_wakeup_fd(writing)

    def listen() -> None:
        while os.read(reading, 1):
            ask()

    threading.Thread(target=listen, daemon=True).start()
    for number in _SIGNALS:
        signal.signal(number, lambda _number, _frame: None)  # else Python would not write it
