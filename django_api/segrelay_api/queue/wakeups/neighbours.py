"""What other processes at the same database commit, and what they are told of ours."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from django.conf import settings
from django.db import connection

from segrelay_api.queue.wakeups.happening import Happening
from segrelay_api.queue.wakeups.postgres_listening import listen_for_ever
from segrelay_api.queue.wakeups.postgres_telling import teller
from segrelay_api.queue.wakeups.sqlite_watching import watch_for_ever


def tell_neighbours(happenings: Sequence[Happening]) -> None:
    """PostgreSQL passes it on; on SQLite the neighbours watch the file."""
    if connection.vendor == "postgresql":
        teller.tell(happenings)


async def hear_neighbours_for_ever() -> None:
    """Runs beside the server, in its event loop."""
    if connection.vendor == "sqlite":
        await watch_for_ever(str(connection.settings_dict["NAME"]))
        return
    # LISTEN belongs to one session, so it cannot go through PgBouncer in transaction mode.
    direct_url = settings.SEGRELAY.listen_database_url or settings.SEGRELAY.database_url
    async with asyncio.TaskGroup() as both:
        both.create_task(listen_for_ever(direct_url))
        both.create_task(teller.tell_for_ever())
