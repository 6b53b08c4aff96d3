from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from builders.queue_payloads import claim_body, claimer, offer, work

from segrelay_api.database_calls import in_database
from segrelay_api.queue import transitions
from segrelay_api.queue.claim_batches import claim_batch
from segrelay_api.queue.claiming import Claimer
from segrelay_api.queue.claims_together import claim_together
from segrelay_api.queue.models import RequestEvent, SegmentationRequest
from segrelay_contract.requests import Priority
from segrelay_contract.status import RequestStatus

START = datetime(2026, 1, 1, tzinfo=UTC)


def enqueue(number: int, *, model: str = "brain") -> SegmentationRequest:
    request, _ = transitions.create_request(
        work=work(number, model=model),
        priority=Priority.ROUTINE,
        actor="somebody",
        now=START + timedelta(seconds=number),
    )
    return request


def claim(*claimers: Claimer, now: datetime = START) -> list[SegmentationRequest | None]:
    return claim_batch(claimers=claimers, lease_seconds=60, now=now)


def ids(requests: list[SegmentationRequest | None]) -> list[object]:
    return [request and request.pk for request in requests]


@pytest.mark.django_db
def test_those_who_come_together_get_what_is_due_in_their_order() -> None:
    waiting = [enqueue(number) for number in range(1, 4)]
    claimed = claim(*(claimer(f"lab{number}") for number in range(4)))
    assert ids(claimed) == [*(request.pk for request in waiting), None]


@pytest.mark.django_db
def test_what_is_stored_is_what_was_handed_out_with_one_event_each() -> None:
    for number in (1, 2):
        enqueue(number)
    for request in claim(claimer("lab1"), claimer("lab2")):
        assert request is not None
        stored = SegmentationRequest.objects.get(pk=request.pk)
        assert stored.status == RequestStatus.PROCESSING
        for field in SegmentationRequest._meta.concrete_fields:  # noqa: SLF001 - Django documents it
            assert getattr(stored, field.attname) == getattr(request, field.attname), field.name
        events = RequestEvent.objects.filter(request=request).order_by("seq")
        assert [(event.seq, event.kind) for event in events] == [(1, "create"), (2, "claim")]


@pytest.mark.django_db
def test_each_gets_only_what_it_can_do() -> None:
    enqueue(1, model="prostate")
    brain = enqueue(2)
    claimed = claim(claimer("lab1", offer("brain")), claimer("lab2", offer("liver")))
    assert ids(claimed) == [brain.pk, None]


@pytest.mark.django_db
def test_a_claim_whose_answer_was_lost_gets_the_same_lease_also_in_company() -> None:
    first, second = enqueue(1), enqueue(2)
    body = claim_body()
    claim(Claimer("lab1", body), now=START)
    again, other = claim(Claimer("lab1", body), claimer("lab2"))
    assert (again and again.pk, other and other.pk) == (first.pk, second.pk)
    assert again is not None
    assert again.attempt == 1


@pytest.mark.django_db
def test_a_claim_that_came_twice_at_once_takes_one_request() -> None:
    enqueue(1)
    enqueue(2)
    body = claim_body()
    claim(Claimer("lab1", body), Claimer("lab1", body))
    assert SegmentationRequest.objects.filter(status=RequestStatus.PROCESSING).count() == 1


@pytest.mark.django_db(transaction=True)
async def test_many_who_ask_at_the_same_moment_each_get_a_request_of_their_own() -> None:
    for number in range(20):
        await in_database(enqueue, number)
    claims = (claim_together(claimer(f"lab{number}")) for number in range(25))
    claimed = [request.pk for request in await asyncio.gather(*claims) if request]
    assert len(claimed) == len(set(claimed)) == 20
