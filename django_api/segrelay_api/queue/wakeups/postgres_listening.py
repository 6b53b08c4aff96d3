from __future__ import annotations

import asyncio
import logging

import psycopg
from pydantic import ValidationError

from segrelay_api.queue.wakeups.delivery import deliver, look_again
from segrelay_api.queue.wakeups.postgres_telling import CHANNEL, NOTICE

SHORTEST_PAUSE_SECONDS = 0.2
LONGEST_PAUSE_SECONDS = 15.0
QUIET_SECONDS = 30.0  # after so long without a notice the connection is tried
ANSWER_SECONDS = 10

log = logging.getLogger(__name__)


async def listen_for_ever(url: str) -> None:
    """Delivers what other processes notify, over one connection of its own."""
    pause_seconds = SHORTEST_PAUSE_SECONDS
    while True:
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                connection = await _connect(url)
            pause_seconds = SHORTEST_PAUSE_SECONDS
            async with connection:
                look_again()  # what was notified before this connection reached nobody here
                await _deliver_notices(connection)
        except (psycopg.Error, TimeoutError) as error:
            log.warning("not listening seconds=%.1f error=%s", pause_seconds, type(error).__name__)
        await asyncio.sleep(pause_seconds)
        pause_seconds = min(2 * pause_seconds, LONGEST_PAUSE_SECONDS)


async def _connect(url: str) -> psycopg.AsyncConnection[tuple[object, ...]]:
    connection = await psycopg.AsyncConnection.connect(
        url, autocommit=True, application_name="segrelay listener"
    )
    await connection.execute(f"LISTEN {CHANNEL}")
    if not await _is_direct(connection):
        log.warning(
            "LISTEN goes through a pooler, and in transaction mode nothing is heard: set "
            "LISTEN_DATABASE_URL to PostgreSQL's own address, or presses at other web hosts are "
            "seen here up to 30 s late."
        )
    return connection


async def _is_direct(connection: psycopg.AsyncConnection[tuple[object, ...]]) -> bool:
    """A pooler answers with a process number of its own when it lets somebody in."""
    answer = await connection.execute("SELECT pg_backend_pid()")
    return await answer.fetchone() == (connection.info.backend_pid,)


async def _deliver_notices(connection: psycopg.AsyncConnection[tuple[object, ...]]) -> None:
    while True:
        async for notice in connection.notifies(timeout=QUIET_SECONDS):
            deliver_notice(notice.payload)
        async with asyncio.timeout(ANSWER_SECONDS):
            await connection.execute("SELECT 1")


def deliver_notice(payload: str) -> None:
    """Wakes whom it concerns, or everybody if it cannot be read."""
    try:
        happenings = NOTICE.validate_json(payload)
    except ValidationError:
        look_again()  # of a newer version, or not ours
    else:
        deliver(happenings)
