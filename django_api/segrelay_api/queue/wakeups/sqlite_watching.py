"""Notices what other processes commit to the same SQLite file."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from contextlib import closing
from urllib.parse import quote

from django.db import DatabaseError

from segrelay_api.database_calls import in_database
from segrelay_api.queue import event_log
from segrelay_api.queue.event_order import Position
from segrelay_api.queue.wakeups.delivery import anybody_waits, deliver, look_again

# A look costs 4 microseconds: it reads a number from shared memory, without a thread.
LOOK_SECONDS = 0.1
PAUSE_AFTER_ERROR_SECONDS = 5.0
MOST_AT_ONCE = 500

log = logging.getLogger(__name__)


async def watch_for_ever(path: str) -> None:
    """Delivers the events of other processes, over one connection of its own."""
    while True:
        try:
            with closing(_open(path)) as connection:
                await _watch(connection)
        except (sqlite3.Error, DatabaseError):
            log.exception("not watching the database")
        await asyncio.sleep(PAUSE_AFTER_ERROR_SECONDS)


def _open(path: str) -> sqlite3.Connection:
    connection = sqlite3.connect(f"file:{quote(path)}?mode=rw", uri=True, isolation_level=None)
    connection.execute("PRAGMA query_only = 1")
    return connection


async def _watch(connection: sqlite3.Connection) -> None:
    seen_version = _data_version(connection)
    position = await in_database(event_log.newest_position)
    look_again()  # what was committed before nobody was told
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        version = _data_version(connection)
        if version != seen_version and anybody_waits():
            seen_version = version
            position = await _deliver_after(position)


def _data_version(connection: sqlite3.Connection) -> int:
    """Differs from the last answer if another connection has committed in between."""
    version: int = connection.execute("PRAGMA data_version").fetchone()[0]
    return version


async def _deliver_after(position: Position) -> Position:
    page = await in_database(event_log.happenings_after, position, limit=MOST_AT_ONCE)
    if len(page) == MOST_AT_ONCE:
        look_again()
        return await in_database(event_log.newest_position)
    deliver(happening for _, happening in page)
    return page[-1][0] if page else position
