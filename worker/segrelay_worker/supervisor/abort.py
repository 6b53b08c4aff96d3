from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, InvalidStateError, wait
from contextlib import suppress
from enum import Enum
from typing import Any, TypeVar

from segrelay_worker.errors import CancelledError, LeaseLostError
from segrelay_worker.supervisor.background import in_background
from segrelay_worker.supervisor.errors import StoppingError

Answer = TypeVar("Answer")


class AbortReason(Enum):
    """Why a request in hand is dropped; each with the error that ends the work."""

    LEASE_LOST = LeaseLostError
    CANCELLED = CancelledError
    STOPPING = StoppingError


class Abort:
    """Says, once and to everybody who works on a request, that the work is to end.

    Any thread may set it; the first reason stands.
    """

    def __init__(self) -> None:
        self._reason: Future[AbortReason] = Future()
        self._worth_finishing = False

    def set(self, reason: AbortReason) -> None:
        """End the work now."""
        with suppress(InvalidStateError):  # already set
            self._reason.set_result(reason)

    def ask_to_stop(self) -> None:
        """End the work unless it is so far that finishing it is the shorter way."""
        if not self._worth_finishing:
            self.set(AbortReason.STOPPING)

    def finish_if_stopped(self) -> None:
        """From here on a polite wish to stop lets the work go on."""
        self._worth_finishing = True

    def on_set(self, action: Callable[[], None]) -> None:
        """Do something the moment it is set, at once if it is already."""
        self._reason.add_done_callback(lambda _: action())

    def raise_if_set(self) -> None:
        """Raises LeaseLostError, CancelledError or StoppingError."""
        if self._reason.done():
            raise self._reason.result().value

    def pause(self, seconds: float) -> None:
        """Wait, but no longer than until it is set; then raise as `raise_if_set`."""
        wait([self._reason], timeout=seconds)
        self.raise_if_set()

    def unless_set(self, call: Callable[[], Answer]) -> Answer:
        """The call's answer; a call that is overtaken goes on alone and its answer is dropped."""
        self.raise_if_set()
        future = in_background(call)
        self.wait_or(future)
        self.raise_if_set()
        return future.result()

    def wait_or(self, future: Future[Any]) -> None:
        """Wait until it is set or `future` has its answer."""
        either: list[Future[Any]] = [future, self._reason]
        wait(either, return_when=FIRST_COMPLETED)
