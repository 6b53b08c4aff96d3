# SPDX-License-Identifier: AGPL-3.0-or-later
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from segrelay_plugin.django_client import DjangoClient
from segrelay_plugin.errors import DjangoUnreachableError, ForeignAnswerError

FRESH_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class DjangoState:
    """Whether Django answered when it was last asked."""

    reachable: bool
    checked_at: datetime
    error: str | None = None


class DjangoProbe:
    """Asks Django at most every few seconds, one caller at a time, however many ask us."""

    def __init__(self, *, django: DjangoClient, now: Callable[[], datetime]) -> None:
        self._django = django
        self._now = now
        self._lock = threading.Lock()
        self._state: DjangoState | None = None
        self._fresh_until = 0.0

    def state(self) -> DjangoState:
        """The last answer, asked for again when it is no longer fresh."""
        with self._lock:
            if self._state is None or time.monotonic() >= self._fresh_until:
                self._state = self._ask()
                self._fresh_until = time.monotonic() + FRESH_SECONDS
            return self._state

    def _ask(self) -> DjangoState:
        try:
            self._django.health()
        except (DjangoUnreachableError, ForeignAnswerError) as error:
            return DjangoState(reachable=False, checked_at=self._now(), error=str(error))
        return DjangoState(reachable=True, checked_at=self._now())
