"""What waiting costs: calls of an idle worker, and what 200 waiters hold of Django against 2."""

from __future__ import annotations

import asyncio
import os
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import psycopg
from fakes.cutting_proxy import CuttingProxy, Trouble
from integration.django_server import WORKER_TOKENS, DjangoServer
from integration.orthanc_server import OrthancServer
from integration.polling import until
from integration.postgres_server import create_database, running_postgres
from integration.system import System, django_for

from segrelay_contract import paths
from segrelay_contract.examples import example

FEW, MANY = 2, 200
MOST_CALLS_PER_MINUTE = 3.0
LARGEST_CPU_SHARE = 0.05  # of one core
WAIT_SECONDS = 25.0  # as the worker asks


@dataclass(frozen=True)
class Held:
    """What a process holds and uses while it does nothing but wait."""

    threads: int
    connections: int  # to the database
    cpu_share: float


@dataclass(frozen=True)
class Compared:
    """The same process, with few and with many who wait."""

    few: Held
    many: Held

    @property
    def holds(self) -> bool:
        """Whether the many cost no more than they may."""
        few, many = self.few, self.many
        no_more = many.threads <= few.threads and many.connections <= few.connections
        return no_more and many.cpu_share < LARGEST_CPU_SHARE


def run(quick: bool) -> Mapping[str, object]:  # noqa: FBT001 - every benchmark is called so
    """Calls per minute; threads, connections and share of a core with each database."""
    seconds = 10.0 if quick else 60.0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with OrthancServer(folder / "orthanc", with_plugin=False) as archive:
            django = django_for(archive, folder / "django")
            with django:
                calls = _calls_per_minute(System(folder, archive, django), seconds)
                sqlite = _compared(django, lambda: _open_files(django), seconds / 2)
            with running_postgres(folder / "postgres") as address:
                url = create_database(address, "segrelay")
                django = django_for(archive, folder / "django")
                django.environment = {"DATABASE_URL": url}
                with django:
                    postgres = _compared(django, lambda: _sessions(url), seconds / 2)
    both = (sqlite, postgres)
    return {
        "calls_per_minute": round(calls, 1),
        "waiters": MANY,
        **_figures("sqlite", sqlite),
        **_figures("postgres", postgres),
        "against": f"{FEW} waiters, same run",
        "ratio": round(max(each.many.threads / each.few.threads for each in both), 2),
        "ok": calls <= MOST_CALLS_PER_MINUTE and all(each.holds for each in both),
    }


def _figures(database: str, compared: Compared) -> dict[str, float]:
    few, many = compared.few, compared.many
    return {
        f"{database}_threads": many.threads,
        f"{database}_against_threads": few.threads,
        f"{database}_connections": many.connections,
        f"{database}_against_connections": few.connections,
        f"{database}_cpu_share": round(many.cpu_share, 3),
        f"{database}_against_cpu_share": round(few.cpu_share, 3),
    }


def _compared(django: DjangoServer, connections: Callable[[], int], seconds: float) -> Compared:
    asyncio.run(_fill_pools(django))
    few = asyncio.run(_held(django, connections, FEW, seconds))
    return Compared(few, asyncio.run(_held(django, connections, MANY, seconds)))


def _calls_per_minute(system: System, seconds: float) -> float:
    """Of the real worker; the time runs from an answer, so that no half wait is counted."""
    with CuttingProxy([system.django.port], Trouble()) as counter:
        settings = {"DJANGO_API_URL": f"{counter.url}/api/mri"}
        with system.stub_worker("lab1", settings):
            until(lambda: counter.questions > 0, what="the worker claims", seconds=60)
            first, started_at = counter.questions, time.monotonic()
            longest = max(seconds, 2 * WAIT_SECONDS)
            until(
                lambda: time.monotonic() > started_at + longest,
                what="time passes",
                seconds=longest + 5,
            )
            return (counter.questions - first) * 60 / (time.monotonic() - started_at)


async def _fill_pools(django: DjangoServer) -> None:
    """Threads and connections are made when many first call at once, and kept; so for both."""
    async with _client() as http:
        calls = (http.post(django.api_url + paths.CLAIM, json=_claim_body(0)) for _ in range(MANY))
        for answer in await asyncio.gather(*calls):
            answer.raise_for_status()


def _client() -> httpx.AsyncClient:
    headers = {"Authorization": f"Bearer {WORKER_TOKENS['lab1']}"}
    limits = httpx.Limits(max_connections=None)
    return httpx.AsyncClient(headers=headers, limits=limits, timeout=60, trust_env=False)


async def _held(
    django: DjangoServer, connections: Callable[[], int], waiters: int, seconds: float
) -> Held:
    """While so many claims wait; they begin long before anything is read."""
    async with _client() as http:
        waiting = [asyncio.create_task(_wait_for_ever(http, django)) for _ in range(waiters)]
        await asyncio.sleep(5 + waiters / 50)  # all have been taken in
        before, started_at = _cpu_seconds(django.pid), time.monotonic()
        await asyncio.sleep(seconds)
        share = (_cpu_seconds(django.pid) - before) / (time.monotonic() - started_at)
        held = Held(_threads(django.pid), connections(), share)
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
    return held


async def _wait_for_ever(http: httpx.AsyncClient, django: DjangoServer) -> None:
    while True:
        answer = await http.post(django.api_url + paths.CLAIM, json=_claim_body(WAIT_SECONDS))
        answer.raise_for_status()


def _claim_body(wait_seconds: float) -> dict[str, Any]:
    return example("claim-body") | {"claim_id": str(uuid4()), "wait_seconds": wait_seconds}


def _threads(pid: int) -> int:
    return len(list(Path(f"/proc/{pid}/task").iterdir()))


def _sessions(url: str) -> int:
    """Of the database, but this one."""
    query = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
    with psycopg.connect(url) as connection:
        [count] = connection.execute(f"{query} AND pid <> pg_backend_pid()").fetchone() or (0,)
    return int(count)


def _open_files(django: DjangoServer) -> int:
    """Of the database, each held by a connection."""
    files = [link.readlink().name for link in Path(f"/proc/{django.pid}/fd").iterdir()]
    return files.count("queue.sqlite3")


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    ticks = int(fields[11]) + int(fields[12])  # user and system, proc(5)
    return ticks / os.sysconf("SC_CLK_TCK")
