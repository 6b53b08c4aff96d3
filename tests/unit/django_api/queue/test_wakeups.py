from __future__ import annotations

import asyncio

from segrelay_api.queue.wakeups import Wakeups


async def test_everybody_who_listens_is_woken_from_another_thread() -> None:
    wakeups = Wakeups()
    with wakeups.listen() as first, wakeups.listen() as second:
        await asyncio.to_thread(wakeups.wake)
        await asyncio.wait_for(asyncio.gather(first.wait(), second.wait()), timeout=10)
        assert first.is_set()


async def test_nobody_is_kept_after_listening() -> None:
    wakeups = Wakeups()
    with wakeups.listen() as event:
        pass
    wakeups.wake()
    await asyncio.sleep(0)
    assert not event.is_set()
