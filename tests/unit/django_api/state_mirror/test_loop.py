from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from builders.orthanc_answers import OrthancAnswers
from builders.queue_payloads import work
from django.utils import timezone
from pytest_django import Settings

from segrelay_api.accounts.principal import Role
from segrelay_api.accounts.tokens import create_token
from segrelay_api.database_calls import in_database
from segrelay_api.queue import transitions, untold_states
from segrelay_api.queue.models import SegmentationRequest
from segrelay_api.state_mirror import loop
from segrelay_contract.requests import Priority

pytestmark = pytest.mark.django_db(transaction=True)
LONG_SECONDS = 20.0


async def press(number: int) -> None:
    await in_database(
        transitions.create_request,
        work=work(number),
        priority=Priority.ROUTINE,
        actor="somebody",
        now=timezone.now(),
    )


@asynccontextmanager
async def running() -> AsyncIterator[None]:
    task = asyncio.create_task(loop.mirror_for_ever())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def until_told(orthanc: OrthancAnswers, count: int) -> None:
    async with asyncio.timeout(LONG_SECONDS):
        while len(orthanc.states) < count:
            await orthanc.called.wait()
            orthanc.called.clear()


async def until_noted() -> None:
    """That everything is told."""
    async with asyncio.timeout(LONG_SECONDS):
        while await in_database(untold_states.changed_requests, most=1):
            pass


async def test_a_commit_is_told_without_waiting_for_the_next_sweep(
    orthanc: OrthancAnswers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "SWEEP_SECONDS", 2 * LONG_SECONDS)
    for number in (1, 2):
        orthanc.add_series(f"series-{number}")
    await press(1)
    async with running():
        await until_told(orthanc, 1)  # what a process before this one left
        await press(2)
        await until_told(orthanc, 2)


async def test_what_another_web_host_changed_is_told_by_a_sweep(
    orthanc: OrthancAnswers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "SWEEP_SECONDS", 0.01)
    orthanc.add_series("series-1")
    await press(1)
    async with running():
        await until_noted()
        requests = await in_database(list, SegmentationRequest.objects.all())
        await in_database(untold_states.tell_later, requests=requests)  # wakes nobody here
        await until_told(orthanc, 2)


async def test_a_plugin_that_comes_back_is_told_after_a_pause(
    orthanc: OrthancAnswers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "SHORTEST_PAUSE_SECONDS", 0.01)
    orthanc.add_series("series-1")
    orthanc.is_down = True
    await press(1)
    async with running():
        async with asyncio.timeout(LONG_SECONDS):
            await orthanc.called.wait()
        orthanc.is_down = False
        await until_told(orthanc, 1)


async def test_without_a_plugin_nobody_is_asked_and_nothing_piles_up(
    orthanc: OrthancAnswers, settings: Settings
) -> None:
    settings.SEGRELAY = dataclasses.replace(settings.SEGRELAY, plugin_token="")
    await press(1)
    async with running():
        await until_noted()
    assert orthanc.asked == []


async def test_a_plugins_token_in_the_database_counts(settings: Settings) -> None:
    settings.SEGRELAY = dataclasses.replace(settings.SEGRELAY, plugin_token="")
    assert not await in_database(loop.is_anybody_to_be_told)
    await in_database(create_token, name="orthanc", role=Role.PLUGIN, now=timezone.now())
    assert await in_database(loop.is_anybody_to_be_told)
