"""One side of `claim`, run as a process of its own with DATABASE_URL: prints a line of JSON.

Called with the side, `analyzed` if the planner is to know the tables as they are (else as little
as just after a burst of presses), the address, and how many requests or jobs.
"""

from __future__ import annotations

import asyncio
import json
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from uuid import uuid4

import django
import procrastinate
import psycopg
from django.core.management import call_command

CLAIMERS = 64
BARE = """
    UPDATE queue_segmentationrequest SET status = 'cancelled' WHERE id = (
        SELECT id FROM queue_segmentationrequest WHERE status = 'pending'
        ORDER BY due_at, created_at, id FOR UPDATE SKIP LOCKED LIMIT 1)
    RETURNING id
"""
CONNECTIONS = 8  # as many as a Django process has


def claims(_url: str, count: int, *, analyzed: bool) -> Mapping[str, object]:
    """Our whole transaction, as the endpoint calls it, by 64 claimers at once."""
    _fill(count, analyzed=analyzed)
    from builders.queue_payloads import claim_body  # noqa: PLC0415 - Django must be set up first

    from segrelay_api.queue.claimer import Claimer  # noqa: PLC0415 - likewise
    from segrelay_api.queue.claims_together import claim_together  # noqa: PLC0415 - likewise
    from segrelay_api.queue.wakeups.neighbours import (  # noqa: PLC0415 - likewise
        hear_neighbours_for_ever,
    )

    example = claim_body()

    async def claim(number: int) -> object:
        body = example.model_copy(update={"claim_id": uuid4()})
        request = await claim_together(Claimer(f"lab{number}", body))
        return request and request.pk

    async def beside_the_neighbours() -> Mapping[str, object]:
        hearing = asyncio.create_task(hear_neighbours_for_ever())  # as in the server
        await asyncio.sleep(1)  # it listens
        try:
            return await _drained(claim)
        finally:
            hearing.cancel()
            await asyncio.gather(hearing, return_exceptions=True)

    return asyncio.run(beside_the_neighbours())


def fetches(url: str, count: int, *, analyzed: bool) -> Mapping[str, object]:
    """Procrastinate's fetch of as many jobs, by as many askers, with as many connections."""
    return asyncio.run(_fetches(url, count, analyzed=analyzed))


async def _fetches(url: str, count: int, *, analyzed: bool) -> Mapping[str, object]:
    connector = procrastinate.PsycopgConnector(
        conninfo=url, min_size=CONNECTIONS, max_size=CONNECTIONS, timeout=60
    )
    app = procrastinate.App(connector=connector)
    async with app.open_async():
        await app.schema_manager.apply_schema_async()
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(
                "INSERT INTO procrastinate_jobs (queue_name, task_name, args)"
                " SELECT 'default', 'segment', '{}' FROM generate_series(1, %s)",
                [count],
            )
            if analyzed:
                connection.execute("ANALYZE")
        workers = [await app.job_manager.register_worker() for _ in range(CLAIMERS)]

        async def fetch(number: int) -> object:
            job = await app.job_manager.fetch_job(queues=None, worker_id=workers[number])
            return job and job.id

        return await _drained(fetch)


def bare(url: str, count: int, *, analyzed: bool) -> Mapping[str, object]:
    """The one statement that no claim can do without, and nothing else."""
    _fill(count, analyzed=analyzed)
    taken: list[object] = []

    def take() -> None:
        with psycopg.connect(url, autocommit=True, prepare_threshold=0) as connection:
            while row := connection.execute(BARE).fetchone():
                taken.append(row[0])

    threads = [threading.Thread(target=take) for _ in range(CONNECTIONS)]
    started_at = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return _figures(taken, time.perf_counter() - started_at)


async def _drained(take: Callable[[int], Awaitable[object]]) -> Mapping[str, object]:
    taken: list[object] = []

    async def work(number: int) -> None:
        while (found := await take(number)) is not None:
            taken.append(found)

    started_at = time.perf_counter()
    await asyncio.gather(*(work(number) for number in range(CLAIMERS)))
    return _figures(taken, time.perf_counter() - started_at)


def _figures(taken: list[object], seconds: float) -> Mapping[str, object]:
    return {
        "taken": len(taken),
        "twice": len(taken) - len(set(taken)),
        "per_second": len(taken) / seconds,
    }


def _fill(count: int, *, analyzed: bool) -> None:
    django.setup()
    call_command("migrate", verbosity=0)
    from bench.many_requests import add_pending, analyze  # noqa: PLC0415 - Django must be set up first

    add_pending(count, now=datetime.now(UTC))
    if analyzed:
        analyze()


def fill(_url: str, count: int, *, analyzed: bool) -> Mapping[str, object]:
    """Only the requests, for callers of another kind."""
    _fill(count, analyzed=analyzed)
    return {}


SIDES = {"fill": fill, "claims": claims, "fetches": fetches, "bare": bare}

if __name__ == "__main__":
    side, *state, address, how_many = sys.argv[1:]
    print(json.dumps(SIDES[side](address, int(how_many), analyzed=state == ["analyzed"])))
