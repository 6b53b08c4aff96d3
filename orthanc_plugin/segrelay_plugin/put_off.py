# SPDX-License-Identifier: AGPL-3.0-or-later
from collections.abc import Callable
from dataclasses import dataclass

from segrelay_plugin.backoff import FIRST_SECONDS, Backoff


@dataclass(slots=True)
class _Pause:
    backoff: Backoff
    over_at: float = 0.0


class PutOff:
    """Which series must wait before Django is told of them again; each has a pause of its own."""

    def __init__(self, *, clock: Callable[[], float], first_seconds: float = FIRST_SECONDS) -> None:
        self._clock = clock  # seconds, monotonic
        self._first_seconds = first_seconds
        self._pauses: dict[object, _Pause] = {}

    def put_off(self, series_id: object) -> None:
        """Begins a pause that is longer than the one before it."""
        pause = self._pauses.get(series_id)
        if pause is None:
            pause = self._pauses[series_id] = _Pause(Backoff(first_seconds=self._first_seconds))
        pause.over_at = self._clock() + pause.backoff.pause_seconds()

    def forget(self, series_id: object) -> None:
        """Lets a series start with a short pause again, as Django took its event."""
        self._pauses.pop(series_id, None)

    def keep(self, series_ids: set[object]) -> None:
        """Forgets all others: their events left the outbox by another hand than ours."""
        for gone in self._pauses.keys() - series_ids:
            del self._pauses[gone]

    def waiting(self) -> set[object]:
        """The series whose pause is not over."""
        now = self._clock()
        return {one for one, pause in self._pauses.items() if pause.over_at > now}

    def seconds_until_next(self) -> float | None:
        """How long until the first pause is over; None if there is none."""
        if not self._pauses:
            return None
        first = min(pause.over_at for pause in self._pauses.values())
        return max(0.0, first - self._clock())
