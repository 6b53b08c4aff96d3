from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from builders.queue_payloads import claim_body, claimer, work

from segrelay_api.database_calls import in_database
from segrelay_api.queue import transitions
from segrelay_api.queue.claimer import Claimer
from segrelay_api.queue.claims_together import claim_together
from segrelay_api.queue.errors import LeaseLostError
from segrelay_contract.requests import Priority

pytestmark = pytest.mark.django_db(transaction=True)
START = datetime(2026, 1, 1, tzinfo=UTC)


async def enqueue(number: int) -> None:
    await in_database(
        transitions.create_request,
        work=work(number),
        priority=Priority.ROUTINE,
        actor="somebody",
        now=START,
    )


async def test_many_who_ask_at_the_same_moment_each_get_a_request_of_their_own() -> None:
    for number in range(20):
        await enqueue(number)
    claims = (claim_together(claimer(f"lab{number}")) for number in range(25))
    claimed = [request.pk for request in await asyncio.gather(*claims) if request]
    assert len(claimed) == len(set(claimed)) == 20


async def test_who_cannot_resume_hears_so_and_the_others_get_theirs() -> None:
    await enqueue(1)
    resuming = claim_body().model_copy(update={"resume": uuid4()})
    refused, request = await asyncio.gather(
        claim_together(Claimer("lab1", resuming)),
        claim_together(claimer("lab2")),
        return_exceptions=True,
    )
    assert isinstance(refused, LeaseLostError)
    assert request is not None
