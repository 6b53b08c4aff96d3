from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from builders.queue_payloads import claim_body, offer, quarantined

from segrelay_api.database_calls import in_database
from segrelay_api.queue import clock, directory, workers
from segrelay_api.queue.models import ModelSeen, WorkerSeen
from segrelay_api.queue.sweep import sweep
from segrelay_contract.leases import ClaimBody

pytestmark = pytest.mark.django_db(transaction=True)
START = datetime(2026, 1, 1, tzinfo=UTC)


async def record(body: ClaimBody, *, seconds: int = 0) -> None:
    await workers.noted.record(worker="lab1", body=body, now=START + timedelta(seconds=seconds))


async def last_seen_after() -> float:
    seen = await in_database(WorkerSeen.objects.get)
    return (seen.last_seen_at - START).total_seconds()


async def models() -> dict[str, str]:
    return dict(await in_database(lambda: list(ModelSeen.objects.values_list("name", "digest"))))


async def test_the_same_claimer_a_moment_later_writes_nothing() -> None:
    await record(claim_body())
    await record(claim_body(wait_seconds=25), seconds=9)
    assert await last_seen_after() == 0


async def test_the_same_claimer_is_noted_again_long_before_it_would_count_as_offline() -> None:
    await record(claim_body())
    await record(claim_body(), seconds=10)
    assert await last_seen_after() == 10


async def test_a_changed_model_is_noted_at_once() -> None:
    await record(claim_body())
    await record(claim_body(offer(digest="f" * 64)), seconds=1)
    assert await models() == {"brain": "f" * 64}


async def test_models_that_are_gone_or_new_are_noted_at_once() -> None:
    await record(claim_body(offer("brain"), offer("liver")))
    await record(claim_body(offer("liver")), seconds=1)
    assert set(await models()) == {"liver"}
    await record(claim_body(offer("liver"), offer("brain")), seconds=2)
    assert set(await models()) == {"liver", "brain"}


async def test_a_model_that_comes_into_quarantine_is_noted_at_once() -> None:
    await record(claim_body(offer("brain"), offer("liver")))
    update = {"quarantined": (quarantined(offer("brain")),)}
    await record(claim_body(offer("liver")).model_copy(update=update), seconds=1)
    reasons = ModelSeen.objects.values_list("name", "quarantine_reason")
    assert dict(await in_database(lambda: list(reasons))) == {
        "liver": "",
        "brain": "engine_killed",
    }


async def test_a_worker_that_moved_is_noted_at_once() -> None:
    plain = claim_body()
    await record(plain)
    moved = plain.worker.model_copy(update={"labels": {"site": "seoul"}})
    await record(plain.model_copy(update={"worker": moved}), seconds=1)
    assert (await in_database(WorkerSeen.objects.get)).labels == {"site": "seoul"}


async def test_a_note_that_failed_is_made_at_the_next_claim(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(**_: object) -> None:
        raise RuntimeError("the database is away")

    with monkeypatch.context() as patched:
        patched.setattr(workers, "record_claimer", fail)
        with pytest.raises(RuntimeError):
            await record(claim_body())
    await record(claim_body(), seconds=1)
    assert await last_seen_after() == 1


async def test_a_heartbeat_counts_as_seen() -> None:
    await record(claim_body())
    for seconds, noted in ((5, 0), (30, 30)):
        now = START + timedelta(seconds=seconds)
        await in_database(workers.record_heartbeat, worker="lab1", now=now)
        assert await last_seen_after() == noted


async def forget(*, after: timedelta) -> None:
    await in_database(workers.forget_retired, now=START + after)


async def test_a_worker_that_is_away_for_a_while_keeps_its_models() -> None:
    await record(claim_body())
    await forget(after=workers.RETIRED_AFTER)
    assert set(await models()) == {"brain"}


async def test_models_of_a_worker_that_is_gone_for_good_are_forgotten_but_not_the_worker() -> None:
    later = workers.RETIRED_AFTER + timedelta(seconds=1)
    await record(claim_body(offer("brain"), offer("liver")))
    other = claim_body(offer("liver"))
    await in_database(workers.record_claimer, worker="lab2", body=other, now=START + later)
    await forget(after=later)
    (model,) = await in_database(directory.list_models, now=START + later)
    assert (model.name, model.workers) == ("liver", ("lab2",))
    assert set(await in_database(directory.models_for_roles, roles=["t1"])) == {"liver"}
    (wanted,) = await in_database(directory.wanted_models, asked="brain", candidates=())
    assert wanted.digest == ""
    shown = await in_database(directory.list_workers, now=START + later)
    assert [(worker.name, worker.models) for worker in shown] == [
        ("lab1", ()),
        ("lab2", ("liver",)),
    ]


async def test_a_worker_that_comes_back_offers_its_models_again() -> None:
    later = workers.RETIRED_AFTER + timedelta(seconds=1)
    await record(claim_body())
    await forget(after=later)
    await record(claim_body(), seconds=int(later.total_seconds()))
    assert set(await models()) == {"brain"}


async def test_a_worker_that_is_long_at_work_keeps_its_models() -> None:
    later = workers.RETIRED_AFTER + timedelta(seconds=1)
    await record(claim_body())
    await in_database(workers.record_heartbeat, worker="lab1", now=START + later)
    await forget(after=later)
    assert set(await models()) == {"brain"}


async def test_the_sweep_forgets_what_is_gone_for_good() -> None:
    for worker, name, days in (("lab1", "brain", 31), ("lab2", "liver", 29)):
        seen_at = clock.now() - timedelta(days=days)
        body = claim_body(offer(name))
        await in_database(workers.record_claimer, worker=worker, body=body, now=seen_at)
    await sweep()
    assert set(await models()) == {"liver"}
