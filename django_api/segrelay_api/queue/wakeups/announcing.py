from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from django.db import transaction

from segrelay_api.queue.wakeups.delivery import deliver
from segrelay_api.queue.wakeups.happening import Happening
from segrelay_api.queue.wakeups.listeners import own_changes
from segrelay_api.queue.wakeups.neighbours import tell_neighbours


def announce_when_committed(happenings: Sequence[Happening]) -> None:
    """Wakes those who wait for these, here and in other processes, once others can see them."""
    transaction.on_commit(partial(_announce, happenings))


def _announce(happenings: Sequence[Happening]) -> None:
    deliver(happenings)
    own_changes.wake()
    tell_neighbours(happenings)
