from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from builders.claims import claim_next
from builders.queue_payloads import claim_body, claimer, offer, work
from django.db import connections

from segrelay_api.queue import directory, transitions, workers
from segrelay_api.queue.claimer import Claimer
from segrelay_api.queue.claiming import claim_all
from segrelay_api.queue.deduplication import Work
from segrelay_api.queue.models import RequestEvent, SegmentationRequest
from segrelay_contract.requests import Priority
from segrelay_contract.status import RequestStatus

START = datetime(2026, 1, 1, tzinfo=UTC)
SIMULTANEOUS_PRESSES = 50


def enqueue(
    number: int,
    *,
    model: str = "brain",
    priority: Priority = Priority.ROUTINE,
    now: datetime = START,
) -> SegmentationRequest:
    request, _ = transitions.create_request(
        work=work(number, model=model), priority=priority, actor="somebody", now=now
    )
    return request


def at(number: int) -> datetime:
    return START + timedelta(seconds=number)


def claim(who: Claimer | None = None, now: datetime = START) -> SegmentationRequest | None:
    return claim_next(claimer=who or claimer(), lease_seconds=60, now=now)


def claim_all_of(*claimers: Claimer) -> list[SegmentationRequest | None]:
    return claim_all(claimers=claimers, lease_seconds=60, now=START)


def ids(requests: list[SegmentationRequest | None]) -> list[object]:
    return [request and request.pk for request in requests]


@pytest.mark.django_db
def test_what_is_due_first_is_handed_out_first() -> None:
    background = enqueue(1, priority=Priority.BACKGROUND)
    routine = enqueue(2, now=START + timedelta(minutes=1))
    urgent = enqueue(3, priority=Priority.URGENT, now=START + timedelta(minutes=2))
    claimed = [claim() for _ in range(3)]
    assert [request.pk for request in claimed if request] == [urgent.pk, routine.pk, background.pk]
    assert claim() is None


@pytest.mark.django_db
def test_a_worker_gets_only_requests_for_its_models() -> None:
    enqueue(1, model="prostate")
    assert claim(claimer("lab1", offer("brain"))) is None
    request = claim(claimer("lab2", offer("brain"), offer("prostate")))
    assert request is not None
    assert request.model == "prostate"


@pytest.mark.django_db
def test_a_request_for_any_model_takes_the_model_of_the_worker_that_claims_it() -> None:
    enqueue(1, model="")
    request = claim(claimer("lab1", offer("liver", digest="a" * 64)))
    assert request is not None
    assert (request.model, request.model_digest) == ("liver", "a" * 64)


@pytest.mark.django_db
def test_a_press_that_names_no_model_finds_the_request_that_was_claimed_without_one() -> None:
    who = claimer()
    first = enqueue(1, model="")
    workers.record_claimer(worker="lab1", body=who.body, now=START)
    claim(who)
    (model,) = directory.wanted_models(asked=None, candidates=())
    again = Work(work(1).series, model.name, model.digest, None)
    request, deduplicated = transitions.create_request(
        work=again, priority=Priority.ROUTINE, actor="somebody", now=START
    )
    assert deduplicated
    assert request.pk == first.pk


@pytest.mark.django_db
def test_the_same_claim_again_gets_the_same_lease_again() -> None:
    enqueue(1)
    enqueue(2)
    who = claimer()
    first, second = claim(who), claim(who)
    assert first is not None
    assert second is not None
    assert (first.pk, first.lease_token) == (second.pk, second.lease_token)
    assert second.attempt == 1


@pytest.mark.django_db
def test_another_workers_claim_id_opens_nothing() -> None:
    enqueue(1)
    who = claimer("lab1")
    claim(who)
    assert claim(Claimer("lab2", who.body)) is None


@pytest.mark.django_db
def test_an_expired_lease_is_handed_to_the_next_claimer_without_a_sweep() -> None:
    enqueue(1)
    first = claim(claimer("lab1"))
    second = claim(claimer("lab2"), now=START + timedelta(seconds=61))
    assert first is not None
    assert second is not None
    assert (second.pk, second.worker, second.attempt) == (first.pk, "lab2", 2)
    assert second.lease_token != first.lease_token


@pytest.mark.django_db(transaction=True)
def test_simultaneous_claims_never_get_the_same_request() -> None:
    requests = 12
    for number in range(requests):
        enqueue(number)
    start = threading.Barrier(6)

    def claim_until_empty(worker: int) -> list[object]:
        start.wait()
        mine: list[object] = []
        try:
            while (request := claim(claimer(f"lab{worker}"))) is not None:
                mine.append(request.pk)
        finally:
            connections.close_all()
        return mine

    with ThreadPoolExecutor(max_workers=6) as pool:
        claimed = [pk for part in pool.map(claim_until_empty, range(6)) for pk in part]
    assert len(claimed) == requests
    assert len(set(claimed)) == requests


@pytest.mark.django_db(transaction=True)
def test_one_claim_that_reaches_several_processes_at_once_gets_one_request() -> None:
    for number in range(6):
        enqueue(number)
    mine, start = claimer("lab1"), threading.Barrier(6)

    def repeat(_: int) -> object:
        start.wait()
        try:
            request = claim(mine)
            return request and request.pk
        finally:
            connections.close_all()

    with ThreadPoolExecutor(max_workers=6) as pool:
        claimed = set(pool.map(repeat, range(6)))
    assert len(claimed) == 1
    assert SegmentationRequest.objects.pending().count() == 5


@pytest.mark.django_db(transaction=True)
def test_simultaneous_presses_make_one_request() -> None:
    start = threading.Barrier(SIMULTANEOUS_PRESSES)

    def press(_: int) -> tuple[object, bool]:
        start.wait()
        try:
            request, deduplicated = transitions.create_request(
                work=work(1), priority=Priority.ROUTINE, actor="somebody", now=START
            )
            return request.pk, deduplicated
        finally:
            connections.close_all()

    with ThreadPoolExecutor(max_workers=SIMULTANEOUS_PRESSES) as pool:
        answers = list(pool.map(press, range(SIMULTANEOUS_PRESSES)))
    assert len({pk for pk, _ in answers}) == 1
    assert sum(not deduplicated for _, deduplicated in answers) == 1


@pytest.mark.django_db
def test_those_who_come_together_get_what_is_due_in_their_order() -> None:
    waiting = [enqueue(number, now=at(number)) for number in range(1, 4)]
    claimed = claim_all_of(*(claimer(f"lab{number}") for number in range(4)))
    assert ids(claimed) == [*(request.pk for request in waiting), None]


@pytest.mark.django_db
def test_what_is_stored_is_what_was_handed_out_with_one_event_each() -> None:
    for number in (1, 2):
        enqueue(number)
    for request in claim_all_of(claimer("lab1"), claimer("lab2")):
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
    claimed = claim_all_of(claimer("lab1", offer("brain")), claimer("lab2", offer("liver")))
    assert ids(claimed) == [brain.pk, None]


@pytest.mark.django_db
def test_a_claim_whose_answer_was_lost_gets_the_same_lease_also_in_company() -> None:
    first, second = enqueue(1), enqueue(2, now=at(2))
    body = claim_body()
    claim(Claimer("lab1", body))
    again, other = claim_all_of(Claimer("lab1", body), claimer("lab2"))
    assert (again and again.pk, other and other.pk) == (first.pk, second.pk)
    assert again is not None
    assert again.attempt == 1


@pytest.mark.django_db
def test_a_claim_that_came_twice_at_once_gets_one_request() -> None:
    enqueue(1)
    enqueue(2)
    who = claimer()
    first, second = claim_all_of(who, Claimer(who.worker, who.body))
    assert first is not None
    assert first is second
    assert SegmentationRequest.objects.filter(status=RequestStatus.PROCESSING).count() == 1


@pytest.mark.django_db
def test_those_who_can_do_different_things_do_not_get_the_same_request() -> None:
    brains = [enqueue(number, now=at(number)) for number in (1, 2)]
    claimed = claim_all_of(
        claimer("lab1", offer("brain")), claimer("lab2", offer("brain"), offer("liver"))
    )
    assert ids(claimed) == [request.pk for request in brains]
