"""What workers call: claim, renew, release, complete."""

from __future__ import annotations

from functools import partial
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest
from ninja import Router, Status

from segrelay_api.api.authentication import caller
from segrelay_api.api.orthanc_access import orthanc_access
from segrelay_api.database_calls import in_database
from segrelay_api.queue import clock, selectors, transitions, workers
from segrelay_api.queue.claimer import Claimer
from segrelay_api.queue.claims_together import claim_together
from segrelay_api.queue.leasing import RENEWALS_PER_LEASE
from segrelay_api.queue.models import SegmentationRequest
from segrelay_api.queue.request_inputs import inputs_of
from segrelay_api.queue.wakeups.work import claim_when_possible
from segrelay_contract.leases import (
    ClaimAnswer,
    ClaimBody,
    ClaimedRequest,
    Lease,
    ProgressAnswer,
    ProgressBody,
    ReleaseBody,
)
from segrelay_contract.requests import RequestAnswer, RequestView
from segrelay_contract.results import CompletionBody, OldSuccessBody, SuccessBody
from segrelay_contract.status import RequestStatus

router = Router()


@router.post("claim/", response={200: ClaimAnswer, 204: None}, url_name="claim")
async def claim(request: HttpRequest, body: ClaimBody) -> Status[ClaimAnswer | None]:
    """Hands out one request, waiting up to `wait_seconds` for one to arrive."""
    claimer = Claimer(caller(request), body)
    await workers.noted.record(worker=claimer.worker, body=body, now=clock.now())
    claimed = await claim_when_possible(
        claim=partial(claim_together, claimer),
        can_take=claimer.can_take,
        seconds=body.wait_seconds,
    )
    if claimed is None:
        return Status(204, None)
    return Status(200, _claim_answer(claimed))


@router.post("update-status/{request_id}/", response=ProgressAnswer, url_name="update_status")
async def update_status(
    request: HttpRequest, request_id: UUID, body: ProgressBody
) -> ProgressAnswer:
    """Renews lease and ticket, notes stage and progress; without a token, the old protocol's claim.

    The old protocol has no tickets.
    """
    held = await in_database(_renew, request_id, caller(request), body)
    if held.status == RequestStatus.CANCELLED:
        return ProgressAnswer(lease=None, cancel_requested=True)
    access = orthanc_access(held) if body.lease_token is not None else None
    return ProgressAnswer(lease=_lease(held), cancel_requested=False, orthanc=access)


def _renew(request_id: UUID, worker: str, body: ProgressBody) -> SegmentationRequest:
    now = clock.now()
    workers.record_heartbeat(worker=worker, now=now)
    if body.lease_token is None:
        return transitions.claim_by_status(request_id=request_id, worker=worker, now=now)
    return transitions.report_progress(
        request_id=request_id,
        worker=worker,
        body=body,
        lease_seconds=settings.SEGRELAY.lease_seconds,
        now=now,
    )


@router.post("release/{request_id}/", response=RequestAnswer, url_name="release")
async def release(request: HttpRequest, request_id: UUID, body: ReleaseBody) -> RequestAnswer:
    """Gives a leased request back; the attempt does not count."""
    return RequestAnswer(request=await in_database(_release, request_id, caller(request), body))


def _release(request_id: UUID, worker: str, body: ReleaseBody) -> RequestView:
    now = clock.now()
    released = transitions.release(
        request_id=request_id, worker=worker, token=body.lease_token, now=now
    )
    return selectors.view(released, now=now)


@router.post("complete-request/{request_id}/", response=RequestAnswer, url_name="complete_request")
async def complete_request(
    request: HttpRequest, request_id: UUID, body: CompletionBody
) -> RequestAnswer:
    """Ends the attempt, well or badly; the same report twice is answered twice."""
    return RequestAnswer(request=await in_database(_end, request_id, caller(request), body))


def _end(request_id: UUID, worker: str, body: CompletionBody) -> RequestView:
    now = clock.now()
    if isinstance(body, SuccessBody | OldSuccessBody):
        ended = transitions.complete(request_id=request_id, worker=worker, body=body, now=now)
    else:
        ended = transitions.fail(request_id=request_id, worker=worker, body=body, now=now)
    return selectors.view(ended, now=now)


def _claim_answer(claimed: SegmentationRequest) -> ClaimAnswer:
    inputs = inputs_of(claimed)
    return ClaimAnswer(
        request=ClaimedRequest(
            request_id=claimed.id,
            series_id=claimed.series_id,
            series_instance_uid=claimed.series_instance_uid,
            model=claimed.model,
            threshold=claimed.threshold,
            run=claimed.run,
            instances_digest=inputs[0].instances_digest,
            created_at=claimed.created_at,
            inputs=inputs,
            supersedes=claimed.superseded,
        ),
        lease=_lease(claimed),
        orthanc=orthanc_access(claimed),
    )


def _lease(request: SegmentationRequest) -> Lease:
    if request.lease_expires_at is None:
        raise ValueError("only a processing request has a lease")
    return Lease(
        token=request.lease_token,
        attempt=request.attempt,
        expires_at=clock.on_this_machine(request.lease_expires_at),
        renew_every_seconds=settings.SEGRELAY.lease_seconds / RENEWALS_PER_LEASE,
    )
