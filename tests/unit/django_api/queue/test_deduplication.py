from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta

import pytest
from builders.claims import claim_next
from builders.queue_payloads import claimer, offer, success_body, work

from segrelay_api.queue import transitions
from segrelay_api.queue.deduplication import Work, dedup_key
from segrelay_api.queue.errors import IdempotencyKeyReusedError
from segrelay_api.queue.idempotency import KeyedPress, find_request, remember
from segrelay_api.queue.models import SegmentationRequest
from segrelay_contract.requests import Priority, SegmentBody

pytestmark = pytest.mark.django_db

START = datetime(2026, 1, 1, tzinfo=UTC)
LABS = ("lab1", "lab2")


def press(
    wanted: Work,
    *,
    any_model: bool = False,
    force: bool = False,
    priority: Priority = Priority.ROUTINE,
    now: datetime = START,
) -> tuple[SegmentationRequest, bool]:
    return transitions.create_request(
        work=wanted,
        priority=priority,
        actor="somebody",
        now=now,
        any_model=any_model,
        force=force,
    )


def complete_next() -> SegmentationRequest:
    leased = claim_next(claimer=claimer(), lease_seconds=60, now=START)
    assert leased is not None
    return transitions.complete(
        request_id=leased.pk, worker="lab1", body=success_body(leased.lease_token), now=START
    )


def with_digest(wanted: Work, letter: str) -> Work:
    return dataclasses.replace(wanted, model_digest=letter * 64)


def under_another_patient(wanted: Work) -> Work:
    """The same images with the same UIDs, sent again after the PatientID was corrected."""
    series = dataclasses.replace(wanted.series, series_id="corrected", study_id="corrected-study")
    return dataclasses.replace(wanted, series=series)


@pytest.mark.parametrize("any_model", [True, False])
@pytest.mark.parametrize("is_done", [True, False])
def test_the_same_images_under_another_patient_are_other_work(
    any_model: bool,  # noqa: FBT001 - one case of two
    is_done: bool,  # noqa: FBT001 - likewise
) -> None:
    first, _ = press(with_digest(work(), "d"))
    if is_done:
        complete_next()
    corrected = under_another_patient(with_digest(work(), "d"))
    second, deduplicated = press(corrected, any_model=any_model)
    assert (second.series_id, deduplicated) == ("corrected", False)
    assert second.pk != first.pk
    assert press(corrected, any_model=any_model) == (second, True)


def test_a_run_that_was_forced_for_one_patient_is_not_counted_for_another() -> None:
    press(work())
    press(Work.of(complete_next()), force=True)
    assert press(under_another_patient(work()))[0].run == 0


def test_a_request_whose_key_is_of_an_earlier_version_counts_for_its_own_series() -> None:
    press(work())
    done = complete_next()
    SegmentationRequest.objects.update(dedup_key="of the images alone")
    assert press(Work.of(done)) == (done, True)
    assert not press(under_another_patient(Work.of(done)))[1]


def test_one_model_is_named_for_two_patients_with_the_same_images() -> None:
    wanted = work(model="")
    press(wanted, any_model=True)
    press(under_another_patient(wanted), any_model=True)
    claimed = [claim_next(claimer=claimer(lab), lease_seconds=60, now=START) for lab in LABS]
    keys = {request.dedup_key for request in claimed if request is not None}
    assert len(keys) == 2
    assert keys == {dedup_key(Work.of(request)) for request in SegmentationRequest.objects.all()}


def test_force_makes_a_new_run_of_what_is_done() -> None:
    press(work())
    done = complete_next()
    forced, deduplicated = press(Work.of(done), force=True)
    assert not deduplicated
    assert (forced.run, forced.pk != done.pk) == (1, True)
    assert press(Work.of(done))[0].pk == forced.pk


def test_force_can_be_repeated_after_each_result() -> None:
    first, _ = press(with_digest(work(), "d"))
    complete_next()
    runs = [first.run]
    for _ in range(2):
        forced, deduplicated = press(with_digest(work(), "d"), force=True)
        assert not deduplicated
        runs.append(forced.run)
        complete_next()
    assert runs == [0, 1, 2]


def test_a_forced_run_that_was_cancelled_does_not_hide_the_result_before_it() -> None:
    press(work())
    done = complete_next()
    forced, _ = press(Work.of(done), force=True)
    transitions.cancel(request_id=forced.pk, actor="somebody", now=START)
    again, deduplicated = press(Work.of(done))
    assert (again.pk, deduplicated) == (done.pk, True)


def test_force_does_not_double_what_is_under_way() -> None:
    waiting, _ = press(work())
    again, deduplicated = press(work(), force=True)
    assert (again.pk, deduplicated) == (waiting.pk, True)


def test_a_press_before_any_worker_was_seen_and_one_after_it_are_one_request() -> None:
    first, _ = press(work(model=""), any_model=True)
    later = with_digest(work(model="brain"), "d")
    second, deduplicated = press(later, any_model=True)
    assert (second.pk, deduplicated) == (first.pk, True)


def test_a_press_that_names_a_model_does_not_wait_for_a_request_that_may_run_another() -> None:
    unnamed, _ = press(work(model=""), any_model=True)
    named, deduplicated = press(work(model="prostate"))
    assert (named.model, deduplicated) == ("prostate", False)
    both = [claimer(lab, offer("brain"), offer("prostate")) for lab in LABS]
    claimed = [claim_next(claimer=lab, lease_seconds=60, now=START) for lab in both]
    models = {request.pk: request.model for request in claimed if request is not None}
    assert models == {unnamed.pk: "brain", named.pk: "prostate"}


def test_an_update_of_the_model_does_not_double_what_waits_for_it() -> None:
    first, _ = press(with_digest(work(), "a"))
    second, deduplicated = press(with_digest(work(), "b"))
    assert (second.pk, deduplicated) == (first.pk, True)


def test_an_updated_model_may_do_again_what_an_older_one_did() -> None:
    press(work())
    done = complete_next()
    newer, deduplicated = press(with_digest(Work.of(done), "b"))
    assert not deduplicated
    assert newer.pk != done.pk


def test_another_model_that_is_named_is_other_work() -> None:
    press(work(model="brain"))
    _, deduplicated = press(work(model="prostate"))
    assert not deduplicated


def test_another_threshold_is_other_work() -> None:
    press(work(threshold=0.5))
    _, deduplicated = press(work(threshold=0.6), any_model=True)
    assert not deduplicated


def test_a_request_keeps_its_own_key_where_its_work_is_being_done_already() -> None:
    named, _ = press(with_digest(work(model="brain"), "d"))
    unnamed = SegmentationRequest.objects.get(pk=press(work(2, model=""))[0].pk)
    unnamed.series_id, unnamed.instances_digest = named.series_id, named.instances_digest
    unnamed.save()
    key = unnamed.dedup_key
    claim_next(claimer=claimer("lab1", offer("brain")), lease_seconds=60, now=START)
    claim_next(claimer=claimer("lab2", offer("brain")), lease_seconds=60, now=START)
    unnamed.refresh_from_db()
    assert (unnamed.model, unnamed.dedup_key) == ("brain", key)


def keyed(key: str = "k", series: str = "abc", **body: float) -> KeyedPress:
    return KeyedPress.of(owner="front end", key=key, pressed=series, body=SegmentBody(**body))


def test_a_key_leads_to_the_request_of_the_first_time() -> None:
    assert find_request(keyed()) is None
    request, _ = press(work())
    remember(keyed(), request.pk, now=START)
    remember(keyed(), press(work(2))[0].pk, now=START)
    found = find_request(keyed())
    assert found is not None
    assert found.pk == request.pk


@pytest.mark.parametrize("other", [keyed(series="other"), keyed(threshold=0.3)])
def test_a_key_does_not_serve_for_another_press(other: KeyedPress) -> None:
    remember(keyed(), press(work())[0].pk, now=START)
    with pytest.raises(IdempotencyKeyReusedError):
        find_request(other)


def test_a_more_urgent_press_moves_the_request_forward() -> None:
    press(work(1))
    press(work(2), priority=Priority.BACKGROUND)
    joined, already = press(work(2), priority=Priority.URGENT)
    assert already
    assert joined.priority == Priority.URGENT
    leased = claim_next(claimer=claimer(), lease_seconds=60, now=START)
    assert leased == joined
    kinds = joined.events.order_by("seq").values_list("kind", flat=True)
    assert list(kinds) == ["create", "hasten", "claim"]


@pytest.mark.parametrize("later", [Priority.ROUTINE, Priority.BACKGROUND])
def test_a_press_never_moves_a_request_back(later: Priority) -> None:
    first, _ = press(work())
    joined, _ = press(work(), priority=later, now=START + timedelta(minutes=5))
    assert (joined.due_at, joined.event_count) == (first.due_at, 1)


@pytest.mark.parametrize("is_done", [True, False])
def test_what_has_left_the_queue_is_not_moved(is_done: bool) -> None:  # noqa: FBT001 - one of two
    press(work())
    if is_done:
        complete_next()
    else:
        claim_next(claimer=claimer(), lease_seconds=60, now=START)
    joined, already = press(work(), any_model=True, priority=Priority.URGENT)
    assert already
    assert joined.priority == Priority.ROUTINE
