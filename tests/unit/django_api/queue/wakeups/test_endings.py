from __future__ import annotations

import asyncio
from uuid import uuid4

import pytest
from builders.queue_payloads import work
from django.utils import timezone

from segrelay_api.database_calls import in_database
from segrelay_api.queue import transitions
from segrelay_api.queue.errors import UnknownRequestError
from segrelay_api.queue.models import SegmentationRequest
from segrelay_api.queue.wakeups.endings import endings, wait_until_ended
from segrelay_contract.requests import Priority

pytestmark = pytest.mark.django_db(transaction=True)
LONG_SECONDS = 20.0


async def pressed(number: int = 1) -> SegmentationRequest:
    request, _ = await in_database(
        transitions.create_request,
        work=work(number),
        priority=Priority.ROUTINE,
        actor="front end",
        now=timezone.now(),
    )
    return request


async def cancel(request: SegmentationRequest) -> None:
    await in_database(
        transitions.cancel, request_id=request.pk, actor="front end", now=timezone.now()
    )


async def test_all_who_wait_for_an_end_are_told() -> None:
    request = await pressed()
    waiting = [
        asyncio.create_task(wait_until_ended(request.pk, seconds=LONG_SECONDS)) for _ in range(3)
    ]
    await asyncio.sleep(0)
    await cancel(request)
    assert await asyncio.wait_for(asyncio.gather(*waiting), LONG_SECONDS / 2) == [True] * 3
    assert not endings


async def test_what_has_ended_before_is_no_wait() -> None:
    request = await pressed()
    await cancel(request)
    assert await wait_until_ended(request.pk, seconds=0)


async def test_what_does_not_end_in_time_is_false() -> None:
    request = await pressed()
    assert not await wait_until_ended(request.pk, seconds=0.01)
    assert not endings


async def test_a_request_that_nobody_knows_is_an_error() -> None:
    with pytest.raises(UnknownRequestError):
        await wait_until_ended(uuid4(), seconds=0)
