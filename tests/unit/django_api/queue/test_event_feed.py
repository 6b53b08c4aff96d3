from __future__ import annotations

import asyncio
from uuid import uuid4

import pytest
from builders.loop_rounds import loop_rounds
from django.utils import timezone

from segrelay_api.queue.event_feed import EventFeed, Follower
from segrelay_api.queue.event_log import Entry
from segrelay_api.queue.event_order import BEGINNING
from segrelay_api.queue.wakeups.listeners import everything
from segrelay_contract.events import EventView

LONG_SECONDS = 20.0


def entry() -> Entry:
    event = EventView(
        request_id=uuid4(), seq=1, at=timezone.now(), actor="lab1", kind="claim", details={}
    )
    return BEGINNING, event


async def follow_for_ever(follower: Follower) -> None:
    while True:
        await follower.next(seconds=LONG_SECONDS)


@pytest.mark.parametrize("rounds", range(8))
async def test_a_follower_that_is_cancelled_as_an_event_comes_ends(rounds: int) -> None:
    follower = Follower()
    following = asyncio.create_task(follow_for_ever(follower))
    await loop_rounds()
    follower.put([entry()])
    await loop_rounds(rounds)
    following.cancel()
    await loop_rounds()
    assert following.cancelled()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("rounds", range(4))
async def test_the_reader_ends_with_its_last_follower_also_as_an_event_comes(rounds: int) -> None:
    async with EventFeed().follow():
        await loop_rounds()
        everything.wake()
        await loop_rounds(rounds)
    await loop_rounds()
    assert not everything
