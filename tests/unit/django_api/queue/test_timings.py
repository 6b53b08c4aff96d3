from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest
from builders.claims import claim_next
from builders.queue_payloads import claim_body, claimer, offer, work

from segrelay_api.queue import directory, timings, transitions, workers
from segrelay_api.queue.models import SegmentationRequest
from segrelay_contract.requests import Priority

pytestmark = pytest.mark.django_db

START = datetime(2026, 1, 1, tzinfo=UTC)


def measure(worker: str, model: str, *many_seconds: float) -> None:
    request = SegmentationRequest(worker=worker, model=model, started_at=START)
    for seconds in many_seconds:
        timings.record(request, now=START + timedelta(seconds=seconds))


def busy_seconds(after: float) -> Iterable[float]:
    now = START + timedelta(seconds=after)
    return [worker.busy_seconds for worker in directory.online_workers(now=now)]


def test_the_first_few_count_alike() -> None:
    measure("lab1", "brain", 10, 20, 60)
    assert timings.usual_seconds().on("lab1", "brain") == pytest.approx(30)


def test_a_change_is_followed_within_a_few() -> None:
    measure("lab1", "brain", *[10] * 50, *[100] * 10)
    usual = timings.usual_seconds().on("lab1", "brain")
    assert usual is not None
    assert 90 < usual < 100


def test_a_worker_has_times_of_its_own_and_until_then_those_of_the_others() -> None:
    measure("lab1", "brain", 10)
    measure("lab2", "brain", 30)
    usual = timings.usual_seconds()
    assert [usual.on(name, "brain") for name in ("lab1", "lab2", "lab3")] == [10, 30, 20]
    assert usual.on("lab1", "prostate") is None


def test_what_is_in_hand_takes_what_is_left_of_the_usual_time_and_is_not_done_when_overdue() -> (
    None
):
    measure("lab1", "brain", 10)
    workers.record_claimer(worker="lab1", body=claim_body(), now=START)
    assert busy_seconds(after=0) == [0]
    transitions.create_request(work=work(), priority=Priority.ROUTINE, actor="somebody", now=START)
    claim_next(claimer=claimer(), lease_seconds=60, now=START)
    assert busy_seconds(after=4) == [6]
    assert busy_seconds(after=30) == [1]


def test_who_was_heard_of_longest_ago_is_expected_to_claim_first() -> None:
    for name, second in (("lab1", 2), ("lab2", 1)):
        seen_at = START + timedelta(seconds=second)
        workers.record_claimer(worker=name, body=claim_body(offer(name)), now=seen_at)
    assert [worker.models for worker in directory.online_workers(now=START)] == [
        ("lab2",),
        ("lab1",),
    ]
