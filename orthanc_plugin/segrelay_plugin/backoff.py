# SPDX-License-Identifier: AGPL-3.0-or-later
import random

FIRST_SECONDS = 1.0
LONGEST_SECONDS = 60.0


class Backoff:
    """Growing pauses between attempts, spread so that many senders do not come in step."""

    def __init__(self, *, first_seconds: float = FIRST_SECONDS) -> None:
        self._first_seconds = first_seconds
        self._next_seconds = first_seconds

    def pause_seconds(self) -> float:
        """The next pause: twice the one before, within limits, and up to a fifth shorter."""
        pause = self._next_seconds
        self._next_seconds = min(2 * pause, LONGEST_SECONDS)
        return pause * random.uniform(0.8, 1.0)  # noqa: S311 - spreading needs no secrecy

    def reset(self) -> None:
        """Starts small again after a success."""
        self._next_seconds = self._first_seconds
