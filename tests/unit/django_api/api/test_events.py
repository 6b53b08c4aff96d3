from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from uuid import UUID, uuid4

import pytest
from builders.claims import claim_next
from builders.event_stream import EventStream, open_stream
from builders.loop_rounds import loop_rounds
from builders.queue_payloads import claimer, work
from django.db import connection, transaction
from django.test import AsyncClient
from django.utils import timezone

from segrelay_api.api import events
from segrelay_api.database_calls import in_database
from segrelay_api.queue import event_log, transitions
from segrelay_api.queue.event_feed import LONGEST_BACKLOG, Follower
from segrelay_api.queue.event_order import BEGINNING
from segrelay_api.queue.wakeups.listeners import everything
from segrelay_contract.requests import Priority

pytestmark = pytest.mark.django_db(transaction=True)

API = "/api/mri/segmentation/"
LONG_SECONDS = 30.0
Caller = Callable[..., AsyncClient]


def create(number: int) -> UUID:
    request, _ = transitions.create_request(
        work=work(number), priority=Priority.ROUTINE, actor="front end", now=timezone.now()
    )
    return request.pk


def claim() -> None:
    now = timezone.now()
    assert claim_next(claimer=claimer(), lease_seconds=60, now=now)


def cancel(request_id: UUID) -> None:
    transitions.cancel(request_id=request_id, actor="front end", now=timezone.now())


async def kinds(stream: EventStream, count: int) -> list[str]:
    return [event.kind for event in await stream.events(count)]


async def test_events_of_all_requests_come_as_they_happen(caller: Caller) -> None:
    async with open_stream(caller("front end"), f"{API}events/") as stream:
        first = await in_database(create, 1)
        [created] = await stream.events(1)
        assert (created.request_id, created.seq, created.kind) == (first, 1, "create")
        assert (created.actor, created.details) == ("front end", {"priority": "routine"})
        await in_database(create, 2)
        await in_database(claim)
        assert await kinds(stream, 2) == ["create", "claim"]


async def test_a_stream_of_one_request_begins_with_what_happened_before(caller: Caller) -> None:
    request_id = await in_database(create, 1)
    path = f"{API}requests/{request_id}/events/"
    async with open_stream(caller("front end"), path) as stream:
        assert await kinds(stream, 1) == ["create"]
        await in_database(create, 2)  # of no concern here
        await in_database(claim)
        [claimed] = await stream.events(1)
        assert (claimed.request_id, claimed.kind) == (request_id, "claim")


@pytest.mark.parametrize("path", ["events/", "requests/{}/events/"])
async def test_who_comes_back_gets_exactly_what_it_missed(caller: Caller, path: str) -> None:
    async with open_stream(caller("front end"), f"{API}events/") as stream:
        request_id = await in_database(create, 1)
        last = (await stream.message()).position
    await in_database(claim)
    client = caller("front end", **{"Last-Event-ID": last})
    async with open_stream(client, API + path.format(request_id)) as stream:
        assert await kinds(stream, 1) == ["claim"]
        await in_database(cancel, request_id)
        assert await kinds(stream, 1) == ["cancel"]


async def test_who_is_cut_off_before_the_first_event_misses_none(caller: Caller) -> None:
    await in_database(create, 1)
    async with open_stream(caller("front end"), f"{API}events/") as stream:
        beginning = stream.beginning
    second = await in_database(create, 2)
    client = caller("front end", **{"Last-Event-ID": beginning})
    async with open_stream(client, f"{API}events/") as stream:
        assert (await stream.message()).event.request_id == second


async def test_a_long_stream_ends_so_that_its_token_is_looked_at_again(
    caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "LONGEST_STREAM_SECONDS", 0.0)
    request_id = await in_database(create, 1)
    path = f"{API}requests/{request_id}/events/"
    async with open_stream(caller("front end"), path) as stream:
        assert await kinds(stream, 1) == ["create"]
        with pytest.raises(StopAsyncIteration):
            await stream.text()


@pytest.mark.parametrize("end", ["commit", "rollback"])
async def test_nothing_is_missed_although_transactions_commit_out_of_order(
    caller: Caller, end: str
) -> None:
    """The first transaction takes the lower number and ends last, or comes to nothing."""
    first_wrote, second_ended = threading.Event(), threading.Event()
    async with open_stream(caller("front end"), f"{API}events/") as stream:
        slow = asyncio.create_task(in_database(create_slowly, 1, first_wrote, second_ended, end))
        await asyncio.to_thread(first_wrote.wait, LONG_SECONDS)
        if connection.vendor == "postgresql":
            second = await in_database(create, 2)
            assert await in_database(event_log.is_any_held_back)
            assert not await in_database(event_log.entries_after, BEGINNING, limit=10)
            second_ended.set()
            first = await slow
        else:  # one writer at a time: the second begins when the first has ended
            second_ended.set()
            first = await slow
            second = await in_database(create, 2)
        expected = [second] if end == "rollback" else [first, second]
        seen = [event.request_id for event in await stream.events(len(expected))]
        assert seen == expected


def create_slowly(number: int, wrote: threading.Event, may_end: threading.Event, end: str) -> UUID:
    with transaction.atomic():
        request_id = create(number)
        wrote.set()
        assert may_end.wait(LONG_SECONDS)
        transaction.set_rollback(end == "rollback")
    return request_id


async def test_a_quiet_stream_is_kept_alive(
    caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "HEARTBEAT_SECONDS", 0.01)
    async with open_stream(caller("front end"), f"{API}events/") as stream:
        assert (await stream.text()).startswith(":")


async def test_nobody_reads_events_after_the_last_stream_was_closed(caller: Caller) -> None:
    async with open_stream(caller("front end"), f"{API}events/"):
        assert everything
    await loop_rounds()
    assert not everything


async def test_a_reader_that_is_too_slow_is_let_go(caller: Caller) -> None:
    await in_database(create, 1)
    entries = await in_database(event_log.entries_after, BEGINNING, limit=1)
    follower = Follower()
    follower.put(entries * LONGEST_BACKLOG)
    assert not follower.is_left_behind
    follower.put(entries)
    assert follower.is_left_behind


async def test_those_who_cannot_stream_get_a_list(caller: Caller) -> None:
    request_id = await in_database(create, 1)
    await in_database(claim)
    answer = await caller("front end").get(f"{API}requests/{request_id}/events/?format=json")
    assert [event["kind"] for event in answer.json()["events"]] == ["create", "claim"]
    assert [event["seq"] for event in answer.json()["events"]] == [1, 2]


async def test_a_request_that_nobody_knows_has_no_events(caller: Caller) -> None:
    answer = await caller("front end").get(f"{API}requests/{uuid4()}/events/")
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_request")


@pytest.mark.parametrize("position", ["7", "a-b", "1-2-3", "-1-2", "1-", f"{2**63}-1"])
async def test_a_position_that_was_never_given_is_refused(caller: Caller, position: str) -> None:
    client = caller("front end", **{"Last-Event-ID": position})
    answer = await client.get(f"{API}events/")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")
