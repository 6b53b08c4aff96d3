from __future__ import annotations

import asyncio
from uuid import uuid4

from builders.happenings import happening
from builders.loop_rounds import loop_rounds

from segrelay_api.queue.wakeups.delivery import anybody_waits, deliver
from segrelay_api.queue.wakeups.endings import endings
from segrelay_api.queue.wakeups.happening import Happening
from segrelay_api.queue.wakeups.line import waiting_for_work
from segrelay_api.queue.wakeups.listeners import everything

LONG_SECONDS = 20.0


def anything(_work: Happening) -> bool:
    return True


async def test_the_same_event_heard_twice_wakes_one_worker() -> None:
    work = happening()
    with waiting_for_work.place(anything) as first, waiting_for_work.place(anything) as second:
        deliver((work,))
        deliver((work,))
        assert set(first.handed) == {work.request_id}
        assert not second.handed


async def test_only_work_wakes_workers_and_only_an_end_those_who_wait_for_it() -> None:
    ended, other = uuid4(), uuid4()
    signals = {request_id: endings.add(request_id) for request_id in (ended, other)}
    with waiting_for_work.place(anything) as place:
        deliver((happening("complete", request_id=ended), happening("stage", request_id=other)))
        assert not place.handed
    await asyncio.wait_for(signals[ended].wait(seconds=LONG_SECONDS), LONG_SECONDS / 2)
    still_waiting = asyncio.create_task(signals[other].wait(seconds=LONG_SECONDS))
    await loop_rounds()
    assert not still_waiting.done()
    still_waiting.cancel()
    for request_id, signal in signals.items():
        endings.remove(request_id, signal)


async def test_every_event_wakes_those_who_listen_to_everything() -> None:
    with everything.listen() as signal:
        assert anybody_waits()
        await asyncio.to_thread(deliver, (happening("stage"),))
        await asyncio.wait_for(signal.wait(seconds=LONG_SECONDS), LONG_SECONDS / 2)
    assert not anybody_waits()
