from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from uuid import UUID

import pytest
from fakes.claims import REQUEST_ID, claim, held_lease

from segrelay_contract.leases import ProgressBody
from segrelay_contract.status import Stage
from segrelay_worker.errors import CancelledError, LeaseLostError
from segrelay_worker.supervisor.abort import Abort
from segrelay_worker.supervisor.lease_keeper import LeaseKeeper
from segrelay_worker.transfer.errors import QueueUnreachableError, TokenRefusedError
from segrelay_worker.transfer.queue_client import Renewal

NEVER = 1e6


class _Queue:
    """Answers each renewal as told; `renewals` grows under a condition that tests wait on."""

    def __init__(self, answer: Callable[[int], Renewal]) -> None:
        self._answer = answer
        self._change = threading.Condition()
        self.renewals: list[ProgressBody] = []

    def update_status(
        self, request_id: UUID, body: ProgressBody, timeout_seconds: float
    ) -> Renewal:
        assert request_id == REQUEST_ID
        assert 0 < timeout_seconds <= 15
        with self._change:
            self.renewals.append(body)
            self._change.notify_all()
            count = len(self.renewals)
        return self._answer(count)

    def wait_for(self, count: int) -> None:
        with self._change:
            assert self._change.wait_for(lambda: len(self.renewals) >= count, 60)


def renewed(renew_every_seconds: float) -> Renewal:
    return Renewal(held_lease(renew_every_seconds=renew_every_seconds), cancel_requested=False)


def wait_until_set(abort: Abort) -> None:
    done = threading.Event()
    abort.on_set(done.set)
    assert done.wait(60)


def join_keepers() -> None:
    """Wait for their threads, so that what they do last happens within the test."""
    for thread in threading.enumerate():
        if thread.name.endswith("(_keep)"):
            thread.join(60)


def test_it_renews_before_any_work_and_goes_on() -> None:
    queue = _Queue(lambda _: renewed(0.0))
    with LeaseKeeper(queue=queue, claim=claim(), abort=Abort()):
        assert queue.renewals[0].stage is Stage.DOWNLOADING
        queue.wait_for(5)


def test_a_new_stage_is_told_at_once() -> None:
    queue = _Queue(lambda _: renewed(NEVER))
    with LeaseKeeper(queue=queue, claim=claim(), abort=Abort()) as keeper:
        keeper.report(Stage.INFERRING, 0.25)
        queue.wait_for(2)
    assert queue.renewals[1].stage is Stage.INFERRING
    assert queue.renewals[1].progress == 0.25


def test_progress_within_a_stage_is_told_before_the_renewal_is_due() -> None:
    queue = _Queue(lambda _: renewed(NEVER))
    with LeaseKeeper(queue=queue, claim=claim(), abort=Abort()) as keeper:
        keeper.report(Stage.DOWNLOADING, 0.5)
        queue.wait_for(2)
    assert queue.renewals[1].progress == 0.5


def test_each_renewal_brings_the_ticket_that_is_shown_from_then_on() -> None:
    tickets = iter(["second", None, "third"])

    def answer(_: int) -> Renewal:
        return replace(renewed(NEVER), ticket=next(tickets))

    held = claim(ticket="first")
    with LeaseKeeper(queue=_Queue(answer), claim=held, abort=Abort()) as keeper:
        assert held.ticket.newest == "second"
        keeper.renew()
        assert held.ticket.newest == "second"  # none came
        keeper.renew()
        assert held.ticket.newest == "third"


def lost(_: int) -> Renewal:
    raise LeaseLostError


def cancelled(_: int) -> Renewal:
    raise CancelledError


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (lost, LeaseLostError),
        (cancelled, CancelledError),
        (lambda _: Renewal(None, cancel_requested=True), CancelledError),
        (lambda _: Renewal(held_lease(), cancel_requested=True), CancelledError),
    ],
)
def test_it_aborts_the_work_when_the_queue_says_so(
    answer: Callable[[int], Renewal], error: type[Exception]
) -> None:
    abort = Abort()
    with LeaseKeeper(queue=_Queue(answer), claim=claim(), abort=abort), pytest.raises(error):
        abort.raise_if_set()


@pytest.mark.parametrize("failure", [QueueUnreachableError("timed out"), TokenRefusedError("401")])
def test_missed_renewals_are_tried_again_while_the_lease_lasts(failure: Exception) -> None:
    def answer(count: int) -> Renewal:
        if count == 1:
            raise failure
        return renewed(NEVER)

    queue, abort = _Queue(answer), Abort()
    with LeaseKeeper(queue=queue, claim=claim(), abort=abort):
        queue.wait_for(2)
    abort.raise_if_set()


def test_a_lease_that_ran_out_unrenewed_counts_as_lost() -> None:
    now, abort = 0.0, Abort()

    def answer(_: int) -> Renewal:
        nonlocal now
        now += 40.0
        raise QueueUnreachableError("timed out")

    queue = _Queue(answer)
    keeper = LeaseKeeper(
        queue=queue, claim=claim(held_lease(ends_at=100.0)), abort=abort, clock=lambda: now
    )
    with keeper:
        abort.raise_if_set()
        now = 99.0
        keeper.report(Stage.INFERRING, 0.0)
        wait_until_set(abort)
    with pytest.raises(LeaseLostError):
        abort.raise_if_set()


def test_what_a_late_answer_says_of_ended_work_does_not_count() -> None:
    asked, ended, answered = threading.Event(), threading.Event(), threading.Event()

    def answer(count: int) -> Renewal:
        if count == 1:
            return renewed(0.0)
        asked.set()
        ended.wait(60)
        answered.set()
        raise LeaseLostError

    abort = Abort()
    with LeaseKeeper(queue=_Queue(answer), claim=claim(), abort=abort):
        assert asked.wait(60)
    ended.set()
    assert answered.wait(60)
    join_keepers()
    abort.raise_if_set()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_keeper_that_dies_of_a_mistake_lets_go_of_the_lease() -> None:
    def answer(count: int) -> Renewal:
        if count == 1:
            return renewed(0.0)
        raise ZeroDivisionError

    abort = Abort()
    with LeaseKeeper(queue=_Queue(answer), claim=claim(), abort=abort):
        wait_until_set(abort)
    join_keepers()
    with pytest.raises(LeaseLostError):
        abort.raise_if_set()


def test_it_knows_how_long_the_lease_lasts() -> None:
    now = 40.0
    queue, lease = _Queue(lambda _: renewed(NEVER)), held_lease(ends_at=100.0)
    keeper = LeaseKeeper(queue=queue, claim=claim(lease), abort=Abort(), clock=lambda: now)
    assert keeper.seconds_left() == 60.0
    now = 101.0
    assert keeper.seconds_left() == -1.0
