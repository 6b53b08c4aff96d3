from __future__ import annotations

import asyncio
import contextlib
import dataclasses
from collections.abc import AsyncIterator
from urllib.parse import urlsplit
from uuid import UUID

import pytest
from django.db import connection
from integration.other_process import create_request
from pytest_django import Settings

from segrelay_api.database_calls import in_database
from segrelay_api.queue.wakeups import delivery, postgres_listening
from segrelay_api.queue.wakeups.happening import Happening
from segrelay_api.queue.wakeups.line import Place, waiting_for_work
from segrelay_api.queue.wakeups.neighbours import hear_neighbours_for_ever

pytestmark = pytest.mark.django_db(transaction=True)
LONG_SECONDS = 30.0
LISTENERS = "FROM pg_stat_activity WHERE application_name = 'segrelay listener'"


def anything(_work: Happening) -> bool:
    return True


@pytest.fixture
def database_url(settings: Settings) -> str:
    """Of the tests' own database, which the listener is to use as well."""
    name = str(connection.settings_dict["NAME"])
    if connection.vendor == "sqlite":
        return f"sqlite:///{name}"
    url: str = urlsplit(settings.SEGRELAY.database_url)._replace(path=f"/{name}").geturl()
    settings.SEGRELAY = dataclasses.replace(settings.SEGRELAY, listen_database_url=url)
    return url


@pytest.fixture
async def place() -> AsyncIterator[Place]:
    """Of one who waits while this process hears its neighbours."""
    with waiting_for_work.place(anything) as waiting:
        hearing = asyncio.create_task(hear_neighbours_for_ever())
        yield waiting
        hearing.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await hearing


async def handed(place: Place, count: int) -> set[UUID]:
    async with asyncio.timeout(LONG_SECONDS):
        while len(place.handed) < count:
            await place.signal.wait(seconds=LONG_SECONDS)
    return set(place.handed)


async def test_who_waits_hears_of_another_process(database_url: str, place: Place) -> None:
    await place.signal.wait(seconds=LONG_SECONDS)  # the first look, once it can hear
    request_id = await asyncio.to_thread(create_request, database_url, 1)
    assert await handed(place, 1) == {UUID(request_id)}


async def test_a_lost_connection_is_made_anew_and_everybody_looks_again(
    database_url: str, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres_listening, "SHORTEST_PAUSE_SECONDS", 0.01)
    await place.signal.wait(seconds=LONG_SECONDS)
    if connection.vendor == "postgresql":
        await in_database(cut_listeners)
    else:
        delivery.look_again()  # a file is never lost
    await place.signal.wait(seconds=LONG_SECONDS)
    request_id = await asyncio.to_thread(create_request, database_url, 1)
    assert await handed(place, 1) == {UUID(request_id)}


def cut_listeners() -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT pg_terminate_backend(pid) {LISTENERS}")
        assert cursor.fetchall() == [(True,)]


@pytest.mark.parametrize("payload", ["", "nonsense", '[{"of": "a newer version"}]'])
async def test_a_notice_that_cannot_be_read_makes_everybody_look(payload: str) -> None:
    with waiting_for_work.place(anything) as waiting:
        postgres_listening.deliver_notice(payload)
        async with asyncio.timeout(LONG_SECONDS / 2):
            await waiting.signal.wait(seconds=LONG_SECONDS)
