from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from builders.queue_payloads import claim_body, offer
from pytest_django import DjangoAssertNumQueries

from segrelay_api.queue import workers
from segrelay_api.queue.models import ModelSeen, WorkerSeen
from segrelay_contract.leases import ClaimBody

pytestmark = pytest.mark.django_db
START = datetime(2026, 1, 1, tzinfo=UTC)


def record(body: ClaimBody, *, seconds: int = 0) -> None:
    workers.record_claimer(worker="lab1", body=body, now=START + timedelta(seconds=seconds))


def test_the_same_claimer_a_moment_later_is_only_looked_at(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    record(claim_body())
    with django_assert_num_queries(2):
        record(claim_body(), seconds=9)
    assert WorkerSeen.objects.get().last_seen_at == START


def test_the_same_claimer_is_noted_again_long_before_it_would_count_as_offline() -> None:
    record(claim_body())
    record(claim_body(), seconds=10)
    assert WorkerSeen.objects.get().last_seen_at == START + timedelta(seconds=10)


@pytest.mark.parametrize("changed", ["digest", "version"])
def test_a_changed_model_is_noted_at_once(changed: str) -> None:
    record(claim_body())
    record(claim_body(offer().model_copy(update={changed: "f" * 64})), seconds=1)
    assert getattr(ModelSeen.objects.get(), changed) == "f" * 64


def test_a_model_that_is_gone_or_new_is_noted_at_once() -> None:
    record(claim_body(offer("brain"), offer("liver")))
    record(claim_body(offer("liver")), seconds=1)
    assert [model.name for model in ModelSeen.objects.all()] == ["liver"]
    record(claim_body(offer("liver"), offer("brain")), seconds=2)
    assert ModelSeen.objects.count() == 2


def test_a_worker_that_changed_is_noted_at_once() -> None:
    plain = claim_body()
    record(plain)
    moved = plain.worker.model_copy(update={"labels": {"site": "seoul"}})
    record(plain.model_copy(update={"worker": moved}), seconds=1)
    assert WorkerSeen.objects.get().labels == {"site": "seoul"}


def test_a_heartbeat_counts_as_seen() -> None:
    record(claim_body())
    workers.record_heartbeat(worker="lab1", now=START + timedelta(seconds=5))
    assert WorkerSeen.objects.get().last_seen_at == START
    workers.record_heartbeat(worker="lab1", now=START + timedelta(seconds=30))
    assert WorkerSeen.objects.get().last_seen_at == START + timedelta(seconds=30)
