"""Clients, workers, clocks and crashes in any order, against the real services and a model."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import groupby
from uuid import UUID, uuid4

import pytest
from builders.claims import claim_next
from builders.queue_model import (
    LEASE_SECONDS,
    MAX_ATTEMPTS,
    RESULTS_DELETED,
    STAGE,
    Held,
    ModelRequest,
)
from builders.queue_payloads import DIGEST, claim_body, stored_object, success_body, work
from django.db import transaction
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from segrelay_api.queue import transitions
from segrelay_api.queue.claimer import Claimer
from segrelay_api.queue.errors import (
    ActiveTwinError,
    LeaseLostError,
    NotCancelableError,
    NotRetriableError,
    RequestCancelledError,
)
from segrelay_api.queue.models import RequestEvent, SegmentationRequest
from segrelay_api.queue.movement import PRIORITY_DELAY
from segrelay_contract.error_codes import ErrorCode
from segrelay_contract.leases import ProgressBody
from segrelay_contract.requests import Priority
from segrelay_contract.results import FailureBody, SuccessBody
from segrelay_contract.status import TRANSITIONS, RequestStatus, Stage, Transition, is_final

START = datetime(2026, 1, 1, tzinfo=UTC)
SERIES = 2
WORKERS = ("lab1", "lab2")
TRANSITION_NAMES = {transition.value for transition in Transition}
Call = Callable[[], object]

series_numbers = st.integers(1, SERIES)
workers = st.sampled_from(WORKERS)
any_of_all = st.integers(0, 10_000)  # taken modulo how many there are


class QueueMachine(RuleBasedStateMachine):
    """Each rule calls a service and says what the model expects of it."""

    def __init__(self) -> None:
        super().__init__()
        self.now = START
        self.requests: dict[UUID, ModelRequest] = {}
        self.leases: list[Held] = []  # all that were ever given out, lost ones too
        self.last_claim_id: dict[str, UUID] = {}
        self.undone = transaction.atomic()
        self.undone.__enter__()

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.undone.__exit__(None, None, None)

    # Clients

    @rule(number=series_numbers, priority=st.sampled_from(Priority), force=st.booleans())
    def press(self, number: int, priority: Priority, force: bool) -> None:  # noqa: FBT001
        # Two of the same moment would go by their random numbers, and no example could be repeated.
        self.now += timedelta(microseconds=1)
        before = [one for one in self.requests.values() if one.series == number and one.is_active]
        under_way = [one for one in before if one.status != RequestStatus.COMPLETED]
        request, deduplicated = transitions.create_request(
            work=replace(work(number), model_digest=DIGEST),
            priority=priority,
            actor="front end",
            now=self.now,
            force=force,
        )
        if deduplicated:
            joined = self.requests[request.pk]
            assert joined in (under_way if force else before)
            self._hasten(joined, due_at=self.now + PRIORITY_DELAY[priority])
            return
        assert request.pk not in self.requests
        assert force or not before
        assert not (force and under_way)
        order = (request.due_at, request.created_at, request.pk)
        self.requests[request.pk] = ModelRequest(request.pk, number, order)

    @precondition(lambda self: self.requests)
    @rule(which=any_of_all)
    def cancel(self, which: int) -> None:
        request = self._request(which)

        def call() -> object:
            return transitions.cancel(request_id=request.id, actor="somebody", now=self.now)

        if request.status in {RequestStatus.COMPLETED, RequestStatus.FAILED}:
            refused(call, NotCancelableError)
            return
        call()
        if request.status != RequestStatus.CANCELLED:
            request.settle(Transition.CANCEL)

    @precondition(lambda self: self.requests)
    @rule(which=any_of_all)
    def retry(self, which: int) -> None:
        request = self._request(which)

        def call() -> object:
            return transitions.retry(request_id=request.id, actor="somebody", now=self.now)

        if request.status != RequestStatus.FAILED:
            refused(call, NotRetriableError)
        elif self._has_twin(request):
            refused(call, ActiveTwinError)
        else:
            call()
            request.move(Transition.RETRY)
            request.is_stored = False
            request.attempts_used = 0

    @precondition(lambda self: self.requests)
    @rule(which=any_of_all)
    def delete_results(self, which: int) -> None:
        request = self._request(which)
        transitions.forget_results(series_id=result_series(request.id), now=self.now)
        if request.status == RequestStatus.COMPLETED and not request.results_deleted:
            request.results_deleted = True
            request.kinds.append(RESULTS_DELETED)
        if not is_final(request.status):
            request.is_stored = False

    @precondition(lambda self: self.leases)
    @rule(which=any_of_all)
    def hear_that_mask_and_report_are_stored(self, which: int) -> None:
        """Of any attempt, and at any time: events wait while the queue is away."""
        lease, request = self._lease(which)
        for kind in ("SEG", "SR"):
            told = stored_object(
                lease.request_id,
                kind,
                attempt=lease.attempt,
                orthanc_series_id=result_series(lease.request_id),
            )
            transitions.note_stored_object(told=told, now=self.now)
        if is_final(request.status):
            return
        request.is_stored = True
        if request.status == RequestStatus.PENDING or request.has_expired(self.now):
            request.complete_as_stored()

    # Workers

    @rule(worker=workers)
    def claim(self, worker: str) -> None:
        self._claim(worker, uuid4())

    @rule(worker=workers)
    def claim_again_because_the_answer_was_lost(self, worker: str) -> None:
        self._claim(worker, self.last_claim_id.get(worker, uuid4()))

    @rule(worker=workers)
    def work_off_what_is_due(self, worker: str) -> None:
        count = len(self.leases)
        self._claim(worker, uuid4())
        if len(self.leases) > count:
            self.complete(0)

    @precondition(lambda self: self.leases)
    @rule(which=any_of_all, stage=st.sampled_from(Stage))
    def renew(self, which: int, stage: Stage) -> None:
        lease, request = self._lease(which)
        body = ProgressBody(lease_token=lease.token, stage=stage)

        def call() -> SegmentationRequest:
            return transitions.report_progress(
                request_id=lease.request_id,
                worker=lease.worker,
                body=body,
                lease_seconds=LEASE_SECONDS,
                now=self.now,
            )

        if request.is_held(lease, self.now):
            call()
            request.renew(self.now)
            if stage != request.stage:
                request.stage = stage
                request.kinds.append(STAGE)
        elif request.status == RequestStatus.CANCELLED and request.settled == lease:
            assert call().status == RequestStatus.CANCELLED
        else:
            refused(call, LeaseLostError)

    @precondition(lambda self: self.leases)
    @rule(which=any_of_all)
    def release(self, which: int) -> None:
        lease, request = self._lease(which)

        def call() -> object:
            return transitions.release(
                request_id=lease.request_id, worker=lease.worker, token=lease.token, now=self.now
            )

        if not self._ends(lease, request, call):
            return
        if request.is_stored:
            request.complete_as_stored()
            return
        request.attempts_used -= 1
        request.settle(Transition.RELEASE)

    @precondition(lambda self: self.leases)
    @rule(which=any_of_all)
    def complete(self, which: int) -> None:
        lease, request = self._lease(which)

        def call() -> object:
            return transitions.complete(
                request_id=lease.request_id,
                worker=lease.worker,
                body=result_of(lease),
                now=self.now,
            )

        if self._reports(lease, request, call):
            request.settle(Transition.COMPLETE)

    @precondition(lambda self: self.leases)
    @rule(which=any_of_all, retryable=st.booleans())
    def fail(self, which: int, retryable: bool) -> None:  # noqa: FBT001
        lease, request = self._lease(which)
        body = FailureBody(
            success=False,
            lease_token=lease.token,
            error_code=ErrorCode.ENGINE_DIED if retryable else ErrorCode.MODEL_FAILED,
            retryable=retryable,
        )

        def call() -> object:
            return transitions.fail(
                request_id=lease.request_id, worker=lease.worker, body=body, now=self.now
            )

        if not self._reports(lease, request, call):
            return
        if retryable:
            request.settled = request.lease
            request.end_badly(Transition.REQUEUE)
        else:
            request.settle(Transition.FAIL)

    @precondition(lambda self: self.leases)
    @rule(which=any_of_all)
    def complete_with_a_forged_token(self, which: int) -> None:
        lease, _ = self._lease(which)
        forged = replace(lease, token="forged-" + lease.token)
        refused(
            lambda: transitions.complete(
                request_id=lease.request_id,
                worker=lease.worker,
                body=result_of(forged),
                now=self.now,
            ),
            LeaseLostError,
        )

    @precondition(lambda self: self.leases)
    @rule(which=any_of_all, thief=workers)
    def complete_with_the_token_of_another_worker(self, which: int, thief: str) -> None:
        lease, _ = self._lease(which)
        if thief != lease.worker:
            refused(
                lambda: transitions.complete(
                    request_id=lease.request_id, worker=thief, body=result_of(lease), now=self.now
                ),
                LeaseLostError,
            )

    # Clocks and crashes

    @rule(seconds=st.sampled_from([0.001, 1.0, 30.0, 59.0, 61.0, 300.0, -1.0, -300.0]))
    def jump(self, seconds: float) -> None:
        """As when another web host with another clock takes the next call."""
        self.now += timedelta(seconds=seconds)

    @rule(worker=workers)
    def crash(self, worker: str) -> None:
        """A worker that starts anew has a claim of its own and knows of no lease."""
        self.last_claim_id.pop(worker, None)
        self.leases = [lease for lease in self.leases if lease.worker != worker]

    @rule()
    def sweep(self) -> None:
        expired = self._expired()
        assert transitions.expire_leases(now=self.now) == len(expired)
        self._expire()

    # What must hold after each step

    @invariant()
    def the_table_is_as_the_model_says(self) -> None:
        rows = SegmentationRequest.objects.values_list(
            "id", "status", "attempt", "attempts_used", "stage", "event_count", "results_deleted"
        )
        assert {row[0]: row[1:] for row in rows} == {
            one.id: (
                one.status,
                one.attempt,
                one.attempts_used,
                one.stage,
                len(one.kinds),
                one.results_deleted,
            )
            for one in self.requests.values()
        }

    @invariant()
    def no_work_is_under_way_twice_and_attempts_are_bounded(self) -> None:
        keys = list(SegmentationRequest.objects.active().values_list("dedup_key", flat=True))
        assert len(keys) == len(set(keys))
        assert all(0 <= one.attempts_used <= MAX_ATTEMPTS for one in self.requests.values())

    @invariant()
    def every_event_is_there_once_and_in_order_and_each_step_was_legal(self) -> None:
        rows = RequestEvent.objects.order_by("request_id", "seq").values_list(
            "request_id", "seq", "kind"
        )
        told = {
            request_id: [(seq, kind) for _, seq, kind in events]
            for request_id, events in groupby(rows, key=lambda row: row[0])
        }
        assert told == {one.id: list(enumerate(one.kinds, 1)) for one in self.requests.values()}
        for one in self.requests.values():
            assert status_after(one.kinds) == one.status
            assert one.kinds.count(Transition.COMPLETE) <= 1

    # How the model moves

    def _hasten(self, one: ModelRequest, *, due_at: datetime) -> None:
        was_due_at, created_at, request_id = one.order
        is_waiting = one.status == RequestStatus.PENDING or one.has_expired(self.now)
        if is_waiting and due_at < was_due_at:
            one.order = (due_at, created_at, request_id)
            one.kinds.append("hasten")

    def _request(self, which: int) -> ModelRequest:
        return list(self.requests.values())[which % len(self.requests)]

    def _lease(self, which: int) -> tuple[Held, ModelRequest]:
        lease = self.leases[-1 - which % len(self.leases)]
        return lease, self.requests[lease.request_id]

    def _has_twin(self, request: ModelRequest) -> bool:
        key = SegmentationRequest.objects.get(pk=request.id).dedup_key
        return SegmentationRequest.objects.active().filter(dedup_key=key).exists()

    def _claim(self, worker: str, claim_id: UUID) -> None:
        self.last_claim_id[worker] = claim_id
        body = claim_body().model_copy(update={"claim_id": claim_id})
        got = claim_next(claimer=Claimer(worker, body), lease_seconds=LEASE_SECONDS, now=self.now)
        held = self._held(worker, claim_id)
        if held is not None:
            assert got is not None
            assert (got.pk, got.lease_token) == (held.request_id, held.token)
            return
        self._expire()
        due = min(self._pending(), key=lambda one: one.order, default=None)
        assert (got and got.pk) == (due and due.id)
        if got is not None and due is not None:
            lease = Held(got.pk, worker, claim_id, got.lease_token, got.attempt)
            self.leases.append(lease)
            due.claim(lease, self.now)

    def _held(self, worker: str, claim_id: UUID) -> Held | None:
        leases = [one.lease for one in self.requests.values() if not one.has_expired(self.now)]
        return next(
            (
                held
                for held in leases
                if held and (held.worker, held.claim_id) == (worker, claim_id)
            ),
            None,
        )

    def _pending(self) -> Iterable[ModelRequest]:
        return (one for one in self.requests.values() if one.status == RequestStatus.PENDING)

    def _expired(self) -> list[ModelRequest]:
        return [one for one in self.requests.values() if one.has_expired(self.now)]

    def _expire(self) -> None:
        for one in self._expired():
            one.end_badly(Transition.EXPIRE)

    def _reports(self, lease: Held, request: ModelRequest, call: Call) -> bool:
        """Makes the call; whether the model has to follow."""
        if request.settled == lease and request.status == RequestStatus.CANCELLED:
            refused(call, RequestCancelledError)
            return False
        return self._ends(lease, request, call)

    def _ends(self, lease: Held, request: ModelRequest, call: Call) -> bool:
        if request.is_held(lease, self.now):
            call()
            return True
        if request.settled == lease:
            call()  # said before: accepted again, and nothing changes
        else:
            refused(call, LeaseLostError)
        return False


def refused(call: Call, error: type[Exception]) -> None:
    with pytest.raises(error):
        call()


def result_series(request_id: UUID) -> str:
    return f"results-of-{request_id}"


def result_of(lease: Held) -> SuccessBody:
    body = success_body(lease.token)
    stored = body.result.objects[0].model_copy(
        update={"orthanc_series_id": result_series(lease.request_id)}
    )
    result = body.result.model_copy(update={"objects": (stored,)})
    return body.model_copy(update={"result": result})


def status_after(kinds: Iterable[str]) -> RequestStatus:
    """Where these events lead by the contract's own table; an illegal one fails."""
    status = RequestStatus.PENDING
    for kind in kinds:
        if kind in TRANSITION_NAMES:
            step = TRANSITIONS[Transition(kind)]
            assert status in step.sources
            status = step.target
    return status


@pytest.mark.django_db
def test_no_order_of_calls_clocks_and_crashes_loses_or_doubles_a_request() -> None:
    run_state_machine_as_test(QueueMachine)
