from __future__ import annotations

import logging
from collections import deque
from collections.abc import Iterator, Sequence

from django.db import DatabaseError, connection
from pydantic import TypeAdapter

from segrelay_api.database_calls import in_database
from segrelay_api.queue.wakeups.happening import Happening
from segrelay_api.queue.wakeups.signal import Signal

CHANNEL = "segrelay"
NOTICE: TypeAdapter[tuple[Happening, ...]] = TypeAdapter(tuple[Happening, ...])
MOST_IN_A_NOTICE = 16  # 440 bytes each at the very most; a notice holds 8000
TOLD_AFTER_SECONDS = 0.1  # what nobody waits for in particular, like a look at a SQLite file

log = logging.getLogger(__name__)


class Teller:
    """Notifies the other processes: one transaction at a time, with all that came up meanwhile.

    Each NOTIFY takes a lock that is shared by all commits of the server, so there are to be few.
    """

    def __init__(self) -> None:
        self._untold: deque[Happening] = deque()
        self._signal: Signal | None = None

    def tell(self, happenings: Sequence[Happening]) -> None:
        """Called after a commit, in any thread; a command without an event loop tells at once."""
        self._untold.extend(happenings)
        if self._signal is None:
            self._tell_all()
        elif any(happening.makes_work or happening.is_an_end for happening in happenings):
            self._signal.set()

    async def tell_for_ever(self) -> None:
        """Tells beside the server, so that no commit waits for it."""
        self._signal = Signal()
        try:
            while True:
                await self._signal.wait(seconds=TOLD_AFTER_SECONDS)
                if self._untold:
                    await in_database(self._tell_all)
        finally:
            self._signal = None

    def _tell_all(self) -> None:
        try:
            _notify([NOTICE.dump_json(batch).decode() for batch in self._batches()])
        except DatabaseError:
            log.exception("neighbours not told; they look again by themselves")

    def _batches(self) -> Iterator[tuple[Happening, ...]]:
        while self._untold:
            count = min(len(self._untold), MOST_IN_A_NOTICE)
            yield tuple(self._untold.popleft() for _ in range(count))


def _notify(notices: list[str]) -> None:
    """All in one transaction, so the lock is taken once."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_notify(%s, notice) FROM unnest(%s::text[]) AS notice", [CHANNEL, notices]
        )


teller = Teller()
