from __future__ import annotations

from collections import deque
from pathlib import Path
from uuid import UUID

import pytest
from builders.finished_results import OFFER, finished_result
from fakes.claims import claim

from segrelay_contract.leases import (
    ClaimBody,
    Device,
    QuarantinedModel,
    WorkerDescription,
)
from segrelay_worker.errors import LeaseLostError
from segrelay_worker.supervisor.claiming import Claiming
from segrelay_worker.supervisor.kept_results import KeptResults
from segrelay_worker.supervisor.quarantine import Offers
from segrelay_worker.supervisor.shutdown import Shutdown
from segrelay_worker.transfer.errors import QueueUnreachableError
from segrelay_worker.transfer.queue_client import Claim


class _Queue:
    """Answers claims in the order given, then with a request."""

    def __init__(self, *answers: Exception) -> None:
        self.claims: list[ClaimBody] = []
        self._answers = deque(answers)

    def claim(self, body: ClaimBody) -> Claim:
        self.claims.append(body)
        if self._answers:
            raise self._answers.popleft()
        return claim(is_resumed=body.resume is not None)

    def release(self, *_: object) -> None:
        raise AssertionError

    @property
    def resumed(self) -> list[UUID | None]:
        return [body.resume for body in self.claims]


class _NothingToDo:
    """Holds no call, as no request comes."""

    def claim(self, body: ClaimBody) -> None:
        pass

    def release(self, *_: object) -> None:
        raise AssertionError


@pytest.fixture
def results(tmp_path: Path) -> KeptResults:
    (tmp_path / "finished").mkdir()
    return KeptResults(tmp_path / "finished")


def next_claim(queue: _Queue, results: KeptResults, offers: Offers | None = None) -> Claim:
    claiming = Claiming(
        queue=queue,
        worker=WorkerDescription(name="lab1", version="1", devices=(Device(name="cuda"),)),
        poll_interval_seconds=0.01,
        shutdown=Shutdown(),
        results=results,
    )
    claimed = claiming.next_claim(offers or Offers((OFFER,)))
    assert claimed is not None
    return claimed


def test_without_a_finished_result_any_request_will_do(results: KeptResults) -> None:
    queue = _Queue()
    assert not next_claim(queue, results).is_resumed
    assert queue.resumed == [None]


def test_the_queue_hears_how_much_memory_the_device_has(results: KeptResults) -> None:
    queue = _Queue()
    next_claim(queue, results, Offers((OFFER,), device_memory_bytes=24_000_000_000))
    [device] = queue.claims[0].worker.devices
    assert (device.name, device.memory_bytes) == ("cuda", 24_000_000_000)


def test_a_finished_result_is_claimed_first_and_by_the_claim_that_it_was_made_under(
    results: KeptResults, tmp_path: Path
) -> None:
    kept, queue = results.keep(finished_result(tmp_path)), _Queue()
    assert next_claim(queue, results).is_resumed
    [body] = queue.claims
    assert (body.resume, body.claim_id) == (kept.request.request_id, kept.claim_id)
    assert body.wait_seconds == 0
    assert results.waiting() == [kept]


def test_a_queue_that_is_away_is_asked_for_it_again(results: KeptResults, tmp_path: Path) -> None:
    results.keep(finished_result(tmp_path))
    queue = _Queue(QueueUnreachableError("timed out"))
    assert next_claim(queue, results).is_resumed
    assert queue.claims[0] == queue.claims[1]


def test_what_somebody_else_has_is_dropped_for_any_other_request(
    results: KeptResults, tmp_path: Path
) -> None:
    kept, queue = results.keep(finished_result(tmp_path)), _Queue(LeaseLostError())
    assert not next_claim(queue, results).is_resumed
    assert queue.resumed == [kept.request.request_id, None]
    assert not results.waiting()


def test_a_result_of_another_model_is_dropped_without_asking(
    results: KeptResults, tmp_path: Path
) -> None:
    results.keep(finished_result(tmp_path))
    queue = _Queue()
    next_claim(queue, results, Offers((OFFER.model_copy(update={"digest": "e" * 64}),)))
    assert queue.resumed == [None]
    assert not results.waiting()


def test_a_result_of_a_model_in_quarantine_is_claimed_and_nothing_else_for_that_model(
    results: KeptResults, tmp_path: Path
) -> None:
    results.keep(finished_result(tmp_path))
    in_quarantine = QuarantinedModel(**dict(OFFER), reason="engine_died")
    queue = _Queue()
    assert next_claim(queue, results, Offers((), (in_quarantine,))).is_resumed
    results.drop(results.waiting()[0].request.request_id)
    next_claim(queue, results, Offers((), (in_quarantine,)))
    resuming, asking = queue.claims
    assert [offer.name for offer in resuming.models] == [OFFER.name]
    assert asking.models == ()
    assert resuming.quarantined == asking.quarantined == (in_quarantine,)


def test_a_call_that_brings_nothing_gives_the_worker_time_to_look_after_its_models(
    results: KeptResults,
) -> None:
    claiming = Claiming(
        queue=_NothingToDo(),
        worker=WorkerDescription(name="lab1", version="1"),
        poll_interval_seconds=0.01,
        shutdown=Shutdown(),
        results=results,
    )
    assert claiming.next_claim(Offers((OFFER,))) is None
