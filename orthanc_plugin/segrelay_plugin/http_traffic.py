# SPDX-License-Identifier: AGPL-3.0-or-later
from collections.abc import Callable

GAP_SECONDS = 0.0006  # after a call has begun, the next one of a busy client is not there yet
LONGEST_WAIT_SECONDS = 0.008  # longer than Orthanc usually takes to store an image
LOOK_AGAIN_SECONDS = 0.0002


class HttpTraffic:
    """When Orthanc's HTTP calls begin, so that work that would hold them up falls in between.

    While Orthanc reads a header for us, no call gets past our filter; and a thread that gives
    Python back between two headers has it again before another that waits for it has woken. A
    client that stores one image after another comes when the one before is stored, which is also
    when Orthanc gets to our header: so it would wait for one nearly each time.
    """

    def __init__(self, *, now: Callable[[], float], sleep: Callable[[float], object]) -> None:
        self._now = now
        self._sleep = sleep
        self._last = -LONGEST_WAIT_SECONDS

    def begins(self) -> None:
        """Notes that a call is let through."""
        self._last = self._now()

    def wait_for_gap(self) -> None:
        """Returns just after a call has begun, or when none has for LONGEST_WAIT_SECONDS.

        The calls do not wake who waits here: that would cost each of them more than looking again.
        """
        while GAP_SECONDS < self._now() - self._last < LONGEST_WAIT_SECONDS:
            self._sleep(LOOK_AGAIN_SECONDS)
