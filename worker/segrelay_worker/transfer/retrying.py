from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from segrelay_worker.logs import fields

_log = logging.getLogger(__name__)

Answer = TypeVar("Answer")
Pause = Callable[[float], None]  # waits so many seconds; may raise to end the waiting


@dataclass(frozen=True)
class RetryPolicy:
    """How patiently one kind of call is tried again."""

    first_delay_seconds: float
    longest_delay_seconds: float
    give_up_after_seconds: float = float("inf")

    def delays(self) -> Iterator[float]:
        """Doubling delays, each shortened by chance so that many workers do not call at once."""
        delay_seconds = self.first_delay_seconds
        while True:
            # Not a secret: only spreads the load.
            yield delay_seconds * random.uniform(0.5, 1.0)  # noqa: S311
            delay_seconds = min(2 * delay_seconds, self.longest_delay_seconds)


def retry(
    call: Callable[[], Answer],
    *,
    what: str,
    on: tuple[type[Exception], ...],
    policy: RetryPolicy,
    pause: Pause,
) -> Answer:
    """Call until it answers; the last error leaves when the policy's patience ends.

    `what` names the call in the log.
    """
    ends_at = time.monotonic() + policy.give_up_after_seconds
    for delay_seconds in policy.delays():
        try:
            return call()
        except on as error:
            if time.monotonic() + delay_seconds > ends_at:
                raise
            _log.warning(
                "%s 실패, 다시 시도합니다 (failed, trying again)",
                what,
                extra=fields(reason=error, delay_seconds=delay_seconds),
            )
        pause(delay_seconds)
    raise RuntimeError("the delays never end")
