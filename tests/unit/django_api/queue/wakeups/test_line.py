from __future__ import annotations

import asyncio
from uuid import UUID

from builders.happenings import happening

from segrelay_api.queue.wakeups.happening import Happening
from segrelay_api.queue.wakeups.line import Line, Place

LONG_SECONDS = 10.0


def anything(_work: Happening) -> bool:
    return True


def only_liver(work: Happening) -> bool:
    return work.model == "liver"


def handed(*places: Place) -> list[set[UUID]]:
    return [set(place.handed) for place in places]


async def test_a_piece_of_work_wakes_the_oldest_alone() -> None:
    line, work = Line(), happening()
    with line.place(anything) as first, line.place(anything) as second:
        line.offer(work)
        assert handed(first, second) == [{work.request_id}, set()]


async def test_each_further_piece_wakes_the_next() -> None:
    line, works = Line(), [happening() for _ in range(3)]
    with line.place(anything) as first, line.place(anything) as second:
        for work in works:
            line.offer(work)
        ids = [work.request_id for work in works]
        assert handed(first, second) == [{ids[0], ids[2]}, {ids[1]}]


async def test_work_that_the_oldest_cannot_do_wakes_one_who_can() -> None:
    line, work = Line(), happening(model="brain")
    with line.place(only_liver) as first, line.place(anything) as second:
        line.offer(work)
        assert handed(first, second) == [set(), {work.request_id}]


async def test_who_disappears_after_it_was_woken_passes_the_work_on() -> None:
    line, work = Line(), happening()
    with line.place(anything) as second:
        with line.place(anything) as third:
            second.handed[happening().request_id] = happening()  # woken already
            line.offer(work)
            assert handed(third) == [{work.request_id}]
        assert work.request_id in second.handed


async def test_work_that_was_looked_for_in_vain_is_not_passed_on() -> None:
    line, work = Line(), happening()
    with line.place(anything) as first:
        with line.place(anything) as second:
            first.handed[UUID(int=1)] = happening()
            line.offer(work)
            second.forget(frozenset({work.request_id}))
        assert handed(first) == [{UUID(int=1)}]


async def test_nobody_is_kept_after_leaving() -> None:
    line = Line()
    with line.place(anything) as place:
        assert line
    line.offer(happening())
    assert not line
    assert handed(place) == [set()]


async def test_an_offer_from_another_thread_wakes_who_waits() -> None:
    line = Line()
    with line.place(anything) as place:
        waiting = asyncio.create_task(place.signal.wait(seconds=LONG_SECONDS))
        await asyncio.to_thread(line.offer, happening())
        await asyncio.wait_for(waiting, LONG_SECONDS / 2)


async def test_everybody_can_be_woken_at_once() -> None:
    line = Line()
    with line.place(only_liver) as first, line.place(anything) as second:
        line.wake_all()
        waits = [place.signal.wait(seconds=LONG_SECONDS) for place in (first, second)]
        await asyncio.wait_for(asyncio.gather(*waits), LONG_SECONDS / 2)
        assert handed(first, second) == [set(), set()]
