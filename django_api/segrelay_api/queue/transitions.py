"""The only writers of requests: each checks where it comes from and appends one event.

Every function runs in one short transaction, which on SQLite holds the write lock from its start
and on other databases locks the request's row.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from segrelay_api.queue.deduplication import Work, dedup_key
from segrelay_api.queue.errors import LeaseLostError, UnknownRequestError
from segrelay_api.queue.models import RequestEvent, SegmentationRequest
from segrelay_api.queue.wakeups import work_arrived
from segrelay_contract.error_codes import ErrorCode
from segrelay_contract.leases import ModelOffer, ProgressBody
from segrelay_contract.requests import Priority
from segrelay_contract.results import FailureBody, SuccessBody
from segrelay_contract.status import TRANSITIONS, RequestStatus, Transition

MAX_ATTEMPTS = 3
PRIORITY_DELAY = {
    Priority.URGENT: timedelta(0),
    Priority.ROUTINE: timedelta(minutes=10),
    Priority.BACKGROUND: timedelta(hours=2),
}
NO_LEASE: dict[str, Any] = {
    "lease_token": "",
    "lease_expires_at": None,
    "claim_id": None,
    "stage": "",
    "progress": 0.0,
}


@dataclass(frozen=True)
class IllegalTransitionError(Exception):
    """A caller's check was forgotten: the table forbids this step."""

    status: RequestStatus
    transition: Transition


def create_request(
    *, work: Work, priority: Priority, actor: str, now: datetime
) -> tuple[SegmentationRequest, bool]:
    """A new request, or the active one that does the same work and True."""
    twin = _active_twin(dedup_key(work))
    if twin is not None:
        return twin, True
    try:
        return _insert(work=work, priority=priority, actor=actor, now=now), False
    except IntegrityError:
        twin = _active_twin(dedup_key(work))  # somebody else pressed at the same moment
        if twin is None:
            raise
        return twin, True


def _active_twin(key: str) -> SegmentationRequest | None:
    return SegmentationRequest.objects.active().filter(dedup_key=key).first()


@transaction.atomic
def _insert(*, work: Work, priority: Priority, actor: str, now: datetime) -> SegmentationRequest:
    request = SegmentationRequest(
        series_id=work.series.series_id,
        series_instance_uid=work.series.series_instance_uid,
        study_id=work.series.study_id,
        study_instance_uid=work.series.study_instance_uid,
        instances_digest=work.series.instances_digest,
        model=work.model,
        model_digest=work.model_digest,
        threshold=work.threshold,
        run=work.run,
        dedup_key=dedup_key(work),
        requested_by=actor,
        priority=priority,
        due_at=now + PRIORITY_DELAY[priority],
        created_at=now,
    )
    request.save(force_insert=True)
    _append(request, kind="create", actor=actor, now=now, details={"priority": priority})
    request.save(update_fields=["event_count"])
    transaction.on_commit(work_arrived.wake)
    return request


def claim(  # noqa: PLR0913 - what a lease is made of
    request: SegmentationRequest,
    *,
    worker: str,
    claim_id: UUID,
    offer: ModelOffer,
    lease_seconds: float,
    now: datetime,
) -> None:
    """Leases a pending request that the caller has locked."""
    request.attempt += 1
    request.attempts_used += 1
    request.model = offer.name
    request.model_digest = offer.digest
    _adopt_dedup_key(request)
    _move(
        request,
        Transition.CLAIM,
        actor=worker,
        now=now,
        details={"attempt": request.attempt, "model": offer.name, "version": offer.version},
        worker=worker,
        claim_id=claim_id,
        lease_token=secrets.token_urlsafe(32),
        lease_expires_at=now + timedelta(seconds=lease_seconds),
        started_at=now,
        settled_token="",
    )


def _adopt_dedup_key(request: SegmentationRequest) -> None:
    """The key names the model that is really used, unless that work is being done already."""
    key = dedup_key(Work.of(request))
    others = SegmentationRequest.objects.active().exclude(pk=request.pk)
    if not others.filter(dedup_key=key).exists():
        request.dedup_key = key


@transaction.atomic
def report_progress(
    *, request_id: UUID, worker: str, body: ProgressBody, lease_seconds: float, now: datetime
) -> SegmentationRequest:
    """Renews the lease; a change of stage is an event. Raises LeaseLostError."""
    request = _leased(request_id, worker=worker, token=body.lease_token, now=now)
    request.lease_expires_at = now + timedelta(seconds=lease_seconds)
    if body.progress is not None:
        request.progress = body.progress
    if body.stage is not None and body.stage != request.stage:
        request.stage = body.stage
        _append(request, kind="stage", actor=worker, now=now, details={"stage": body.stage})
    request.save()
    return request


@transaction.atomic
def release(*, request_id: UUID, worker: str, token: str, now: datetime) -> SegmentationRequest:
    """The worker gives it back; this attempt does not count. Raises LeaseLostError."""
    request = _locked(request_id)
    if _already_settled(request, worker=worker, token=token):
        return request
    _check_lease(request, worker=worker, token=token, now=now)
    request.attempts_used -= 1
    _move(request, Transition.RELEASE, actor=worker, now=now, settled_token=token, **NO_LEASE)
    return request


@transaction.atomic
def complete(
    *, request_id: UUID, worker: str, body: SuccessBody, now: datetime
) -> SegmentationRequest:
    """The results are stored. The same report again changes nothing. Raises LeaseLostError."""
    request = _locked(request_id)
    if _already_settled(request, worker=worker, token=body.lease_token):
        return request
    _check_lease(request, worker=worker, token=body.lease_token, now=now)
    _move(
        request,
        Transition.COMPLETE,
        actor=worker,
        now=now,
        details={"outcome": body.result.outcome},
        settled_token=body.lease_token,
        finished_at=now,
        outcome=body.result.outcome,
        result=body.result.model_dump(mode="json"),
        result_series_id=body.result.objects[0].orthanc_series_id if body.result.objects else "",
        error_code="",
        error_parameters={},
        error_detail="",
        **NO_LEASE,
    )
    return request


@transaction.atomic
def fail(*, request_id: UUID, worker: str, body: FailureBody, now: datetime) -> SegmentationRequest:
    """The attempt failed; tried again if that may help. Raises LeaseLostError."""
    request = _locked(request_id)
    if _already_settled(request, worker=worker, token=body.lease_token):
        return request
    _check_lease(request, worker=worker, token=body.lease_token, now=now)
    request.settled_token = body.lease_token
    request.error_code = body.error_code
    request.error_parameters = body.error_parameters
    request.error_detail = body.error
    if body.retryable:
        _try_again(request, Transition.REQUEUE, actor=worker, now=now)
    else:
        details = {"error_code": body.error_code}
        _move(
            request,
            Transition.FAIL,
            actor=worker,
            now=now,
            details=details,
            finished_at=now,
            **NO_LEASE,
        )
    return request


@transaction.atomic
def expire_leases(*, now: datetime) -> int:
    """Hands out again what dead workers held; how many that were."""
    expired = list(SegmentationRequest.objects.expired(now).select_for_update())
    for request in expired:
        _try_again(request, Transition.EXPIRE, actor="queue", now=now)
    return len(expired)


@transaction.atomic
def forget_results(*, series_id: str) -> None:
    """The result series was deleted in Orthanc: its request no longer blocks a new one."""
    SegmentationRequest.objects.filter(
        status=RequestStatus.COMPLETED, result_series_id=series_id
    ).update(results_deleted=True)


def _try_again(
    request: SegmentationRequest, transition: Transition, *, actor: str, now: datetime
) -> None:
    if request.attempts_used < MAX_ATTEMPTS:
        details = {"error_code": request.error_code} if request.error_code else {}
        _move(request, transition, actor=actor, now=now, details=details, **NO_LEASE)
        return
    last = {"last_error_code": request.error_code} if request.error_code else {}
    _move(
        request,
        Transition.FAIL,
        actor=actor,
        now=now,
        details={"error_code": ErrorCode.ATTEMPTS_EXHAUSTED, **last},
        finished_at=now,
        error_code=ErrorCode.ATTEMPTS_EXHAUSTED,
        error_parameters={"attempts": request.attempts_used},
        **NO_LEASE,
    )


def _leased(request_id: UUID, *, worker: str, token: str, now: datetime) -> SegmentationRequest:
    request = _locked(request_id)
    _check_lease(request, worker=worker, token=token, now=now)
    return request


def _locked(request_id: UUID) -> SegmentationRequest:
    request = SegmentationRequest.objects.select_for_update().filter(pk=request_id).first()
    if request is None:
        raise UnknownRequestError
    return request


def _check_lease(request: SegmentationRequest, *, worker: str, token: str, now: datetime) -> None:
    holds = (
        request.status == RequestStatus.PROCESSING
        and request.worker == worker
        and request.lease_expires_at is not None
        and request.lease_expires_at > now
        and secrets.compare_digest(request.lease_token.encode(), token.encode())
    )
    if not holds:
        raise LeaseLostError


def _already_settled(request: SegmentationRequest, *, worker: str, token: str) -> bool:
    """Whether the holder of this token has reported its end before; its answer was lost."""
    return (
        bool(token)
        and request.worker == worker
        and secrets.compare_digest(request.settled_token.encode(), token.encode())
    )


def _move(
    request: SegmentationRequest,
    transition: Transition,
    *,
    actor: str,
    now: datetime,
    details: dict[str, Any] | None = None,
    **fields: Any,  # noqa: ANN401 - the model's own fields, of as many types
) -> None:
    rule = TRANSITIONS[transition]
    if request.status not in rule.sources:
        raise IllegalTransitionError(RequestStatus(request.status), transition)
    request.status = rule.target
    for name, value in fields.items():
        setattr(request, name, value)
    _append(request, kind=transition, actor=actor, now=now, details=details or {})
    request.save()
    if rule.target == RequestStatus.PENDING:
        transaction.on_commit(work_arrived.wake)


def _append(
    request: SegmentationRequest, *, kind: str, actor: str, now: datetime, details: dict[str, Any]
) -> None:
    request.event_count += 1
    RequestEvent.objects.create(
        request=request, seq=request.event_count, at=now, actor=actor, kind=kind, details=details
    )
