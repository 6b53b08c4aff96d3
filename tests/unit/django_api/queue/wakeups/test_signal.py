from __future__ import annotations

import asyncio

import pytest
from builders.loop_rounds import loop_rounds

from segrelay_api.queue.wakeups.signal import Signal

LONG_SECONDS = 20.0


async def wait_for_ever(signal: Signal) -> None:
    while True:
        await signal.wait(seconds=LONG_SECONDS)


@pytest.mark.parametrize("rounds", range(8))
async def test_who_is_cancelled_while_being_woken_ends(rounds: int) -> None:
    signal = Signal()
    waiting = asyncio.create_task(wait_for_ever(signal))
    await loop_rounds()
    signal.set()
    await loop_rounds(rounds)
    waiting.cancel()
    await loop_rounds()
    assert waiting.cancelled()


async def test_a_wait_ends_with_its_time_or_when_it_is_woken() -> None:
    signal = Signal()
    assert not await signal.wait(seconds=0.01)
    signal.set()
    assert await signal.wait(seconds=LONG_SECONDS)
    assert not await signal.wait(seconds=0.01)
