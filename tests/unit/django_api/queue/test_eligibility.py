from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from builders.claims import claim_next
from builders.queue_payloads import claim_body, offer, quarantined, success_body, work

from segrelay_api.queue import directory, selectors, transitions, workers
from segrelay_api.queue.claimer import Claimer
from segrelay_api.queue.models import SegmentationRequest
from segrelay_contract.leases import ClaimBody, Device
from segrelay_contract.requests import Priority, WaitingReason

pytestmark = pytest.mark.django_db

START = datetime(2026, 1, 1, tzinfo=UTC)
GIGABYTE = 2**30


def enqueue(number: int = 1, *, label: str = "", model: str = "brain") -> SegmentationRequest:
    request, _ = transitions.create_request(
        work=work(number, model=model),
        priority=Priority.ROUTINE,
        actor="somebody",
        now=START,
        worker_label=label,
    )
    return request


def body(*, needs: int | None = None, has: int | None = None, **labels: str) -> ClaimBody:
    plain = claim_body(offer().model_copy(update={"memory_bytes": needs}))
    devices = (Device(name="cuda:0", memory_bytes=has),)
    described = plain.worker.model_copy(update={"labels": labels, "devices": devices})
    return plain.model_copy(update={"worker": described})


def claim(claimed_by: ClaimBody, worker: str = "lab1") -> SegmentationRequest | None:
    return claim_next(claimer=Claimer(worker, claimed_by), lease_seconds=60, now=START)


def test_a_request_for_a_label_goes_to_a_worker_that_carries_it() -> None:
    enqueue(label="site=seoul")
    assert claim(body(site="busan")) is None
    assert claim(body()) is None
    assert claim(body(site="seoul", floor="3"), "lab2") is not None


def test_a_worker_with_labels_takes_requests_that_ask_for_none() -> None:
    enqueue()
    assert claim(body(site="seoul")) is not None


def test_a_model_that_does_not_fit_into_the_device_is_not_handed_out() -> None:
    enqueue()
    assert claim(body(needs=8 * GIGABYTE, has=4 * GIGABYTE)) is None
    assert claim(body(needs=8 * GIGABYTE, has=16 * GIGABYTE), "lab2") is not None


def test_what_nobody_stated_is_no_obstacle() -> None:
    enqueue()
    assert claim(body(needs=8 * GIGABYTE, has=None)) is not None


def test_a_finished_result_is_delivered_under_a_new_lease_of_its_own_request() -> None:
    enqueue(1)
    lost = claim(claim_body(), "lab1")
    assert lost is not None
    transitions.expire_leases(now=START.replace(hour=1))
    enqueue(2)
    resuming = claim_body().model_copy(update={"resume": lost.pk})
    resumed = claim(resuming, "lab1")
    assert resumed is not None
    assert (resumed.pk, resumed.attempt) == (lost.pk, 2)


def test_what_somebody_else_works_on_or_has_finished_cannot_be_resumed() -> None:
    request = enqueue()
    claim(claim_body(), "lab2")
    assert claim(claim_body().model_copy(update={"resume": request.pk}), "lab1") is None


def test_two_contents_under_one_name_and_version_are_shown_as_a_conflict() -> None:
    workers.record_claimer(worker="lab1", body=claim_body(offer(digest="a" * 64)), now=START)
    workers.record_claimer(worker="lab2", body=claim_body(offer(digest="b" * 64)), now=START)
    workers.record_claimer(worker="lab3", body=claim_body(offer("liver")), now=START)
    shown = {
        (model.name, model.workers): model.conflict for model in directory.list_models(now=START)
    }
    assert shown == {
        ("brain", ("lab1",)): True,
        ("brain", ("lab2",)): True,
        ("liver", ("lab3",)): False,
    }


def test_workers_are_listed_with_what_they_have() -> None:
    workers.record_claimer(worker="lab1", body=body(has=GIGABYTE, site="seoul"), now=START)
    (shown,) = directory.list_workers(now=START.replace(hour=1))
    assert (shown.name, shown.online, shown.labels) == ("lab1", False, {"site": "seoul"})
    assert shown.devices[0].memory_bytes == GIGABYTE
    assert shown.models == ("brain",)


def test_the_usual_time_of_a_model_follows_its_completions() -> None:
    workers.record_claimer(worker="lab1", body=claim_body(), now=START)
    assert [model.usual_seconds for model in directory.list_models(now=START)] == [None]
    for number, seconds in ((1, 10), (2, 30)):
        enqueue(number)
        leased = claim(claim_body())
        assert leased is not None
        transitions.complete(
            request_id=leased.pk,
            worker="lab1",
            body=success_body(leased.lease_token),
            now=START + timedelta(seconds=seconds),
        )
    assert [model.usual_seconds for model in directory.list_models(now=START)] == [20.0]


def test_a_request_for_any_model_goes_to_one_that_needs_no_second_series() -> None:
    enqueue(model="")
    two = offer("glioma").model_copy(update={"roles": ("t1", "flair")})
    assert claim(claim_body(two)) is None
    claimed = claim(claim_body(two, offer("skull")), "lab2")
    assert claimed is not None
    assert claimed.model == "skull"


def without_models() -> ClaimBody:
    update = {"models": (), "quarantined": (quarantined(offer("brain")),)}
    return claim_body().model_copy(update=update)


def test_a_worker_whose_model_is_in_quarantine_gets_nothing_and_says_why() -> None:
    request = enqueue()
    workers.record_claimer(worker="lab1", body=without_models(), now=START)
    assert claim(without_models()) is None
    (shown,) = directory.list_workers(now=START)
    assert shown.models == ()
    assert [(each.name, each.reason) for each in shown.quarantined] == [("brain", "engine_killed")]
    (model,) = directory.list_models(now=START)
    assert (model.online, model.workers, model.quarantined_by) == (False, (), ("lab1",))
    waiting = selectors.view(request, now=START).waiting_for
    assert waiting is not None
    assert waiting.reason == WaitingReason.MODEL_QUARANTINED


def test_a_press_still_finds_a_model_in_quarantine() -> None:
    workers.record_claimer(worker="lab1", body=without_models(), now=START)
    (wanted,) = directory.wanted_models(asked="brain", candidates=())
    assert (wanted.digest, wanted.roles) == (offer("brain").digest, ("t1",))


def test_a_quarantine_ends_when_its_worker_offers_the_model_again() -> None:
    enqueue()
    workers.record_claimer(worker="lab1", body=without_models(), now=START)
    workers.record_claimer(worker="lab1", body=claim_body(), now=START)
    (shown,) = directory.list_workers(now=START)
    assert (shown.models, shown.quarantined) == (("brain",), ())
    assert claim(claim_body()) is not None


def version(number: str, *roles: str) -> ClaimBody:
    """A worker that offers the brain model in this version, its digest made of the number."""
    update = {"version": number, "digest": number.ljust(64, "0"), "roles": roles or ("t1",)}
    return claim_body(offer().model_copy(update=update))


@pytest.mark.parametrize(
    ("old", "new"), [("1.9.0", "1.10.0"), ("1.0", "1.0.1"), ("v9", "v10"), ("10", "10 of May")]
)
@pytest.mark.parametrize("old_calls_last", [False, True])
def test_a_press_takes_the_newest_version_whoever_called_last(
    old: str, new: str, *, old_calls_last: bool
) -> None:
    for name in (new, old) if old_calls_last else (old, new):
        workers.record_claimer(worker=f"of {name}", body=version(name), now=START)
    (wanted,) = directory.wanted_models(asked="brain", candidates=())
    assert wanted.digest == new.ljust(64, "0")
    (known,) = directory.known_models(candidates=())
    assert known.version == new


def test_a_study_is_matched_with_the_roles_of_the_version_that_a_press_takes() -> None:
    workers.record_claimer(worker="lab1", body=version("1.10", "t1", "flair"), now=START)
    later = START + timedelta(seconds=1)
    workers.record_claimer(worker="lab2", body=version("1.9"), now=later)
    assert directory.models_for_roles(roles=["t1"]) == {}
    found = directory.models_for_roles(roles=["t1", "flair"])
    assert found == {"brain": ("t1", "flair")}
