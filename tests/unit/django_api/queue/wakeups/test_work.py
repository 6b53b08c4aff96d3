from __future__ import annotations

import asyncio
import contextlib
from uuid import UUID

import pytest
from builders.happenings import happening
from builders.loop_rounds import loop_rounds

from segrelay_api.queue.models import SegmentationRequest
from segrelay_api.queue.wakeups.happening import Happening
from segrelay_api.queue.wakeups.line import Line
from segrelay_api.queue.wakeups.work import claim_when_possible

LONG_SECONDS = 20.0


class Table:
    """Pending requests by number, and how often somebody looked."""

    def __init__(self) -> None:
        self.pending: list[UUID] = []
        self.looks = 0

    async def claim(self) -> SegmentationRequest | None:
        self.looks += 1
        await asyncio.sleep(0)
        return SegmentationRequest(id=self.pending.pop(0)) if self.pending else None

    def add(self, line: Line) -> UUID:
        work = happening()
        self.pending.append(work.request_id)
        line.offer(work)
        return work.request_id


@pytest.fixture
def line(monkeypatch: pytest.MonkeyPatch) -> Line:
    own = Line()
    monkeypatch.setattr("segrelay_api.queue.wakeups.work.waiting_for_work", own)
    return own


def wait(table: Table, *, seconds: float = LONG_SECONDS) -> asyncio.Task[UUID | None]:
    async def claimed_id() -> UUID | None:
        claimed = await claim_when_possible(claim=table.claim, can_take=anything, seconds=seconds)
        return claimed.pk if claimed else None

    return asyncio.create_task(claimed_id())


def anything(_work: Happening) -> bool:
    return True


async def test_two_hundred_waiters_look_once_more_for_one_request_in_all(line: Line) -> None:
    table = Table()
    waiting = [wait(table) for _ in range(200)]
    await loop_rounds()
    request_id = table.add(line)
    assert await asyncio.wait_for(waiting[0], LONG_SECONDS) == request_id
    assert table.looks == 201
    await cancel(waiting[1:])


async def test_who_takes_other_work_than_it_was_woken_for_leaves_that_to_the_next(
    line: Line,
) -> None:
    table = Table()
    waiting = [wait(table) for _ in range(2)]
    await loop_rounds()
    other = happening().request_id
    table.pending.append(other)  # committed already, but its wake-up is still on its way
    request_id = table.add(line)
    found = await asyncio.wait_for(asyncio.gather(*waiting), LONG_SECONDS)
    assert found == [other, request_id]


async def test_when_the_woken_one_hangs_up_the_next_takes_the_work(line: Line) -> None:
    table = Table()
    first, second = wait(table), wait(table)
    await loop_rounds()
    request_id = table.add(line)
    first.cancel()
    assert await asyncio.wait_for(second, LONG_SECONDS) == request_id


async def test_no_work_within_the_time_is_none(line: Line) -> None:
    table = Table()
    assert await wait(table, seconds=0) is None
    assert not line


async def cancel(tasks: list[asyncio.Task[UUID | None]]) -> None:
    for task in tasks:
        task.cancel()
    for task in tasks:
        with contextlib.suppress(asyncio.CancelledError):
            await task
