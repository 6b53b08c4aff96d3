from __future__ import annotations

from functools import partial

from django.db import transaction

from segrelay_api.queue.wakeups.delivery import deliver
from segrelay_api.queue.wakeups.happening import Happening
from segrelay_api.queue.wakeups.neighbours import tell_neighbours


def announce_when_committed(happening: Happening) -> None:
    """Wakes those who wait for this, here and in other processes, once others can see it."""
    transaction.on_commit(partial(_announce, happening))


def _announce(happening: Happening) -> None:
    deliver((happening,))
    tell_neighbours(happening)
