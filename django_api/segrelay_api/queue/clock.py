"""The queue's one time: its database's, so that web hosts whose clocks differ agree on leases."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import connection
from django.utils import timezone


class _Clock:
    """Only ever replaced whole, so that threads need no lock."""

    ahead = timedelta()  # of this machine's clock


def now() -> datetime:
    """What the database's clock shows."""
    return timezone.now() + _Clock.ahead


def on_this_machine(moment: datetime) -> datetime:
    """As this machine's clock shows it, which also dates the answers that carry it."""
    return moment - _Clock.ahead


def compare() -> None:
    """Looks at both clocks; to be repeated, because clocks are also set.

    A SQLite file is on this machine and has no other clock.
    """
    if connection.vendor != "postgresql":
        return
    asked_at = timezone.now()
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        [there] = cursor.fetchone()
    _Clock.ahead = there - (asked_at + (timezone.now() - asked_at) / 2)
