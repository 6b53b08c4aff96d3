"""How often somebody may be wrong: per address, and per name when signing in.

Counted in memory, per process: what a stranger sends must never become a write to the database
that the queue waits for. Several processes together let through that many times more, and a
restart forgets, which neither 256-bit tokens nor checked passwords need to fear.
"""

from __future__ import annotations

import math
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from ipaddress import ip_address

from segrelay_api.accounts.errors import TooManyAttemptsError

MOST_KEYS = 10_000
IPV6_SITE_BITS = 64  # one customer of a provider has at least so many addresses


class Attempts:
    """At most `most` failures in `within_seconds` for each key; the oldest keys are forgotten."""

    def __init__(
        self, *, most: int, within_seconds: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._most = most
        self._within_seconds = within_seconds
        self._clock = clock
        self._failures: OrderedDict[str, deque[float]] = OrderedDict()

    def refuse_too_many(self, key: str) -> None:
        """Raises TooManyAttemptsError until enough time has passed."""
        wait_seconds = self.wait_seconds(key)
        if wait_seconds:
            raise TooManyAttemptsError(wait_seconds)

    def wait_seconds(self, key: str) -> int:
        """How long until the next try; 0 for now."""
        failures = self._failures.get(key, deque())
        if len(failures) < self._most:
            return 0
        return max(0, math.ceil(failures[0] + self._within_seconds - self._clock()))

    def note(self, key: str) -> None:
        """One more failure."""
        failures = self._failures.setdefault(key, deque(maxlen=self._most))
        failures.append(self._clock())
        self._failures.move_to_end(key)
        if len(self._failures) > MOST_KEYS:
            self._failures.popitem(last=False)

    def forgive(self, key: str) -> None:
        """Takes the newest note back."""
        failures = self._failures.get(key)
        if failures:
            failures.pop()


def site_of(address: str) -> str:
    """The address, or for IPv6 its network: whoever has one address there has them all."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if parsed.version == 4:  # noqa: PLR2004 - the protocol's number
        return address
    if parsed.ipv4_mapped:
        return str(parsed.ipv4_mapped)
    return f"{int(parsed) >> (128 - IPV6_SITE_BITS):x}/{IPV6_SITE_BITS}"
