"""The only writers of requests: each checks where it comes from and appends one event.

Every function runs in one short transaction, which on SQLite holds the write lock from its start
and on other databases locks the request's row.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q

from segrelay_api.queue import timings
from segrelay_api.queue.bulk_storing import store_all
from segrelay_api.queue.deduplication import Work, dedup_key, find_twin
from segrelay_api.queue.errors import (
    ActiveTwinError,
    AlreadyClaimedError,
    NotCancelableError,
    NotRetriableError,
    RequestCancelledError,
    UnknownRequestError,
)
from segrelay_api.queue.joining import join
from segrelay_api.queue.leasing import (
    LEASE_FIELDS,
    NO_LEASE,
    OLD_PROTOCOL_LEASE_SECONDS,
    Lessee,
    check_lease,
    has_settled,
    is_claimable,
    lease,
    renew,
)
from segrelay_api.queue.models import FurtherInput, RequestEvent, SegmentationRequest
from segrelay_api.queue.movement import PRIORITY_DELAY, append_event, move, step
from segrelay_api.queue.stored_results import parts_of, stored_result, with_part
from segrelay_contract.error_codes import ErrorCode
from segrelay_contract.leases import ModelOffer, ProgressBody
from segrelay_contract.orthanc_events import ResultStored
from segrelay_contract.requests import Priority
from segrelay_contract.results import (
    FailureBody,
    OldFailureBody,
    OldResult,
    OldSuccessBody,
    SegmentationResult,
    SuccessBody,
)
from segrelay_contract.status import Outcome, RequestStatus, Transition, is_final

MAX_ATTEMPTS = 3


def create_request(  # noqa: PLR0913 - what is asked, by whom, how urgently
    *,
    work: Work,
    priority: Priority,
    actor: str,
    now: datetime,
    any_model: bool = False,
    force: bool = False,
    worker_label: str = "",
) -> tuple[SegmentationRequest, bool]:
    """A new request, or the active one that does the same work and True.

    `any_model`: the caller named none, so a request for any model does the same work.
    `force` makes a new one although the result is there; it never doubles work that is under way.
    """
    twin = find_twin(work, any_model=any_model)
    forced = force and twin is not None and twin.status == RequestStatus.COMPLETED
    if twin is not None and not forced:
        return join(twin, priority=priority, actor=actor, now=now), True
    latest = work.in_latest_run()
    work = latest.in_next_run() if forced else latest
    try:
        return _insert(work, priority=priority, actor=actor, now=now, label=worker_label), False
    except IntegrityError:
        twin = find_twin(work, any_model=any_model)  # somebody else pressed at the same moment
        if twin is None:
            raise
        return join(twin, priority=priority, actor=actor, now=now), True


@transaction.atomic
def _insert(
    work: Work, *, priority: Priority, actor: str, now: datetime, label: str
) -> SegmentationRequest:
    request = SegmentationRequest(
        series_id=work.series.series_id,
        series_instance_uid=work.series.series_instance_uid,
        study_id=work.series.study_id,
        study_instance_uid=work.series.study_instance_uid,
        inputs=[each.model_dump(mode="json") for each in work.inputs],
        instances_digest=work.instances_digest,
        model=work.model,
        model_digest=work.model_digest,
        threshold=work.threshold,
        worker_label=label,
        run=work.run,
        dedup_key=dedup_key(work),
        requested_by=actor,
        priority=priority,
        due_at=now + PRIORITY_DELAY[priority],
        created_at=now,
        event_count=1,
    )
    request.save(force_insert=True)
    FurtherInput.objects.bulk_create(
        FurtherInput(request=request, series_id=each.series_id) for each in work.inputs[1:]
    )
    append_event(request, kind="create", actor=actor, now=now, details={"priority": priority})
    return request


def claim(
    lessees: Iterable[tuple[SegmentationRequest, Lessee]], *, lease_seconds: float, now: datetime
) -> None:
    """Leases pending requests that the caller has locked, each to its lessee."""
    steps = [
        _lease_out(request, lessee, seconds=lease_seconds, now=now) for request, lessee in lessees
    ]
    store_all(steps, changed=LEASE_FIELDS)


def _lease_out(
    request: SegmentationRequest, lessee: Lessee, *, seconds: float, now: datetime
) -> RequestEvent:
    """In memory only, LEASE_FIELDS and the event."""
    request.attempt += 1
    request.attempts_used += 1
    if lessee.offer is not None:
        _name_model(request, lessee.offer)
    details = {"attempt": request.attempt, "model": request.model}
    fields = lease(lessee, seconds=seconds, now=now)
    return step(request, Transition.CLAIM, actor=lessee.worker, now=now, details=details, **fields)


def _name_model(request: SegmentationRequest, offer: ModelOffer) -> None:
    """The one that is really used; so does the key, unless that work is being done already."""
    if (request.model, request.model_digest) == (offer.name, offer.digest):
        return
    request.model, request.model_digest = offer.name, offer.digest
    key = dedup_key(Work.of(request))
    if key == request.dedup_key:
        return
    others = SegmentationRequest.objects.active().exclude(pk=request.pk)
    if not others.filter(dedup_key=key).exists():
        request.dedup_key = key
        request.save(update_fields=["dedup_key"])  # the next of the same batch must see it


@transaction.atomic
def report_progress(
    *, request_id: UUID, worker: str, body: ProgressBody, lease_seconds: float, now: datetime
) -> SegmentationRequest:
    """Renews the lease; a change of stage is an event. Raises LeaseLostError.

    A cancelled request is returned as it is: its worker learns it from the status.
    """
    request = _locked(request_id)
    if _is_cancelled_under(request, worker=worker, token=body.lease_token):
        return request
    check_lease(request, worker=worker, token=body.lease_token, now=now)
    renew(request, seconds=lease_seconds, now=now)
    if body.progress is not None:
        request.progress = body.progress
    if body.stage is not None and body.stage != request.stage:
        request.stage = body.stage
        request.event_count += 1
        append_event(request, kind="stage", actor=worker, now=now, details={"stage": body.stage})
    request.save()
    return request


@transaction.atomic
def claim_by_status(*, request_id: UUID, worker: str, now: datetime) -> SegmentationRequest:
    """The old protocol's claim: who first says "processing" has it, and says so to renew it.

    Raises AlreadyClaimedError for everybody else.
    """
    request = _locked(request_id)
    if _is_cancelled_under(request, worker=worker, token=None):
        return request
    if is_claimable(request, now=now):
        _expire_if_due(request, now=now)
    if request.status == RequestStatus.PENDING:
        lessee = Lessee(worker=worker, is_bound=True)
        claim([(request, lessee)], lease_seconds=OLD_PROTOCOL_LEASE_SECONDS, now=now)
        return request
    holds = request.status == RequestStatus.PROCESSING and request.is_bound_to_worker
    if not holds or request.worker != worker:
        raise AlreadyClaimedError
    renew(request, seconds=OLD_PROTOCOL_LEASE_SECONDS, now=now)
    request.save()
    return request


@transaction.atomic
def release(
    *, request_id: UUID, worker: str, token: str | None, now: datetime
) -> SegmentationRequest:
    """The worker gives it back; this attempt does not count. Raises LeaseLostError."""
    request = _locked(request_id)
    if has_settled(request, worker=worker, token=token):
        return request
    check_lease(request, worker=worker, token=token, now=now)
    if _complete_as_stored(request, now=now):
        return request
    request.attempts_used -= 1
    settled = request.lease_token
    move(request, Transition.RELEASE, actor=worker, now=now, settled_token=settled, **NO_LEASE)
    return request


@transaction.atomic
def complete(
    *, request_id: UUID, worker: str, body: SuccessBody | OldSuccessBody, now: datetime
) -> SegmentationRequest:
    """The results are stored. The same report again changes nothing.

    Raises LeaseLostError, or RequestCancelledError.
    """
    token = body.lease_token if isinstance(body, SuccessBody) else None
    request = _locked(request_id)
    if _is_settled_or_refused(request, worker=worker, token=token):
        return request
    check_lease(request, worker=worker, token=token, now=now)
    timings.record(request, now=now)
    outcome = _outcome(body)
    result = body.result if isinstance(body, SuccessBody) else _old_result(body)
    _move_to_completed(request, result, outcome=outcome, actor=worker, now=now)
    return request


def _move_to_completed(
    request: SegmentationRequest,
    result: SegmentationResult | OldResult,
    *,
    outcome: Outcome,
    actor: str,
    now: datetime,
) -> None:
    objects = result.objects if isinstance(result, SegmentationResult) else ()
    move(
        request,
        Transition.COMPLETE,
        actor=actor,
        now=now,
        details={"outcome": outcome},
        # Of the last who held it, so that a report which comes late is accepted.
        settled_token=request.lease_token or request.settled_token or request.expired_token,
        finished_at=now,
        outcome=outcome,
        result=result.model_dump(mode="json"),
        result_series_id=objects[0].orthanc_series_id if objects else "",
        error_code="",
        error_parameters={},
        error_detail="",
        **NO_LEASE,
    )


@transaction.atomic
def note_stored_object(*, told: ResultStored, now: datetime) -> None:
    """An object of its result is in the archive; where nobody works on it, that may be the end.

    A live worker's own report wins, and what has ended stays as it is.
    """
    request = SegmentationRequest.objects.select_for_update().filter(pk=told.request_id).first()
    if request is None or is_final(RequestStatus(request.status)):
        return
    parts = with_part(parts_of(request), told, now=now)
    request.stored_objects = [part.model_dump(mode="json") for part in parts]
    if is_claimable(request, now=now) and _complete_as_stored(request, now=now):
        return
    request.save()


def _complete_as_stored(request: SegmentationRequest, *, now: datetime) -> bool:
    """An attempt is over without a report: whether the archive holds its result all the same."""
    result = stored_result(request)
    if result is None:
        return False
    _move_to_completed(request, result, outcome=result.outcome, actor="orthanc", now=now)
    return True


def _old_result(body: OldSuccessBody) -> OldResult:
    return OldResult.model_validate(body.model_dump())


def _outcome(body: SuccessBody | OldSuccessBody) -> Outcome:
    if isinstance(body, SuccessBody):
        return body.result.outcome
    nothing = body.tumor_detected is False or body.tumor_volume_voxels == 0
    return Outcome.NOTHING_FOUND if nothing else Outcome.SEGMENTED


@transaction.atomic
def fail(
    *, request_id: UUID, worker: str, body: FailureBody | OldFailureBody, now: datetime
) -> SegmentationRequest:
    """The attempt failed; tried again if that may help.

    Raises LeaseLostError, or RequestCancelledError.
    """
    token = body.lease_token if isinstance(body, FailureBody) else None
    request = _locked(request_id)
    if _is_settled_or_refused(request, worker=worker, token=token):
        return request
    check_lease(request, worker=worker, token=token, now=now)
    request.settled_token = request.lease_token
    request.error_detail = body.error
    if isinstance(body, FailureBody):
        request.error_code = body.error_code
        request.error_parameters = body.error_parameters
    else:
        request.error_code = ErrorCode.MODEL_FAILED
    if isinstance(body, FailureBody) and body.retryable:
        _try_again(request, Transition.REQUEUE, actor=worker, now=now)
    else:
        _give_up(request, actor=worker, now=now, details={"error_code": request.error_code})
    return request


@transaction.atomic
def cancel(*, request_id: UUID, actor: str, now: datetime) -> SegmentationRequest:
    """Nobody wants it any more; its worker hears of it. Raises NotCancelableError."""
    request = _locked(request_id)
    if request.status == RequestStatus.CANCELLED:
        return request
    if is_final(RequestStatus(request.status)):
        raise NotCancelableError
    settled = request.lease_token
    move(
        request,
        Transition.CANCEL,
        actor=actor,
        now=now,
        finished_at=now,
        settled_token=settled,
        **NO_LEASE,
    )
    return request


@transaction.atomic
def retry(*, request_id: UUID, actor: str, now: datetime) -> SegmentationRequest:
    """A failed request waits again, with all its attempts.

    Raises NotRetriableError, or ActiveTwinError if the work is being done already.
    """
    request = _locked(request_id)
    if request.status != RequestStatus.FAILED:
        raise NotRetriableError
    # Anew: an earlier version's key may be that of another patient's request.
    key = dedup_key(Work.of(request))
    _refuse_beside_twin(key)
    try:
        _wait_again(request, key=key, actor=actor, now=now)
    except IntegrityError:
        _refuse_beside_twin(key)  # somebody pressed at the same moment
        raise
    return request


def _refuse_beside_twin(key: str) -> None:
    twin = SegmentationRequest.objects.active().filter(dedup_key=key).first()
    if twin is not None:
        raise ActiveTwinError(twin.pk)


@transaction.atomic
def _wait_again(request: SegmentationRequest, *, key: str, actor: str, now: datetime) -> None:
    move(
        request,
        Transition.RETRY,
        actor=actor,
        now=now,
        attempts_used=0,
        finished_at=None,
        error_code="",
        error_parameters={},
        error_detail="",
        stored_objects=[],
        dedup_key=key,
    )


@transaction.atomic
def expire_leases(*, now: datetime) -> int:
    """Hands out again what dead workers held; how many that were."""
    expired = list(SegmentationRequest.objects.expired(now).select_for_update(skip_locked=True))
    for request in expired:
        _try_again(request, Transition.EXPIRE, actor="queue", now=now)
    return len(expired)


@transaction.atomic
def forget_results(*, series_id: str, now: datetime) -> None:
    """The result series was deleted in Orthanc: its request no longer blocks a new one.

    One that has not ended cannot be completed from it any more.
    """
    completed = SegmentationRequest.objects.select_for_update().filter(
        status=RequestStatus.COMPLETED, result_series_id=series_id, results_deleted=False
    )
    for request in completed:
        request.results_deleted = True
        request.event_count += 1
        request.save()
        append_event(request, kind="results_deleted", actor="orthanc", now=now, details={})
    under_way = SegmentationRequest.objects.select_for_update().filter(
        Q(status=RequestStatus.PENDING) | Q(status=RequestStatus.PROCESSING)  # an index for each
    )
    for request in under_way.exclude(stored_objects=[]):
        left = [part for part in parts_of(request) if part.stored.orthanc_series_id != series_id]
        request.stored_objects = [part.model_dump(mode="json") for part in left]
        request.save(update_fields=["stored_objects"])


def _expire_if_due(request: SegmentationRequest, *, now: datetime) -> None:
    if request.status == RequestStatus.PROCESSING:
        _try_again(request, Transition.EXPIRE, actor="queue", now=now)


def _try_again(
    request: SegmentationRequest, transition: Transition, *, actor: str, now: datetime
) -> None:
    if _complete_as_stored(request, now=now):
        return
    if transition == Transition.EXPIRE:
        request.expired_token = request.lease_token
    if request.attempts_used < MAX_ATTEMPTS:
        details = {"error_code": request.error_code} if request.error_code else {}
        move(request, transition, actor=actor, now=now, details=details, **NO_LEASE)
        return
    last = {"last_error_code": request.error_code} if request.error_code else {}
    request.error_code = ErrorCode.ATTEMPTS_EXHAUSTED
    # What the last failure said is said with it.
    request.error_parameters |= {"attempts": request.attempts_used, **last}
    _give_up(request, actor=actor, now=now, details={"error_code": request.error_code, **last})


def _give_up(
    request: SegmentationRequest, *, actor: str, now: datetime, details: dict[str, Any]
) -> None:
    move(
        request,
        Transition.FAIL,
        actor=actor,
        now=now,
        details=details,
        finished_at=now,
        **NO_LEASE,
    )


def _locked(request_id: UUID) -> SegmentationRequest:
    request = SegmentationRequest.objects.select_for_update().filter(pk=request_id).first()
    if request is None:
        raise UnknownRequestError
    return request


def _is_settled_or_refused(request: SegmentationRequest, *, worker: str, token: str | None) -> bool:
    if _is_cancelled_under(request, worker=worker, token=token):
        raise RequestCancelledError
    return has_settled(request, worker=worker, token=token)


def _is_cancelled_under(request: SegmentationRequest, *, worker: str, token: str | None) -> bool:
    cancelled = request.status == RequestStatus.CANCELLED
    return cancelled and has_settled(request, worker=worker, token=token)
