"""What front ends call: press the button, look at requests."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated
from uuid import UUID

from django.http import HttpRequest
from ninja import Header, Query, Router, Status

from segrelay_api.api.authentication import caller
from segrelay_api.archive.orthanc_client import orthanc_client
from segrelay_api.database_calls import in_database
from segrelay_api.pressing import Pressed, press
from segrelay_api.pressing_study import press_study
from segrelay_api.queue import clock, selectors, transitions
from segrelay_api.queue.models import LONGEST_NAME
from segrelay_api.queue.selectors import RequestFilter
from segrelay_api.queue.wakeups.endings import wait_until_ended
from segrelay_contract.requests import (
    RequestAnswer,
    RequestList,
    SegmentAnswer,
    SegmentBody,
    StatusAnswer,
    StudySegmentAnswer,
)
from segrelay_contract.status import RequestStatus, is_final

router = Router()

LONGEST_PAGE = 500
LARGEST_OFFSET = 1_000_000_000  # databases count no further than 2 ** 63
LONGEST_WAIT_SECONDS = 50  # proxies give up after 60

PressKey = Annotated[str, Header(alias="Idempotency-Key", max_length=LONGEST_NAME)]


@router.post(
    "series/{series_id}/segment/",
    response={200: SegmentAnswer, 202: SegmentAnswer},
    url_name="segment_series",
)
async def segment_series(
    request: HttpRequest,
    series_id: str,
    body: SegmentBody | None = None,
    wait: Annotated[float, Query(ge=0, le=LONGEST_WAIT_SECONDS)] = 0,
    idempotency_key: PressKey = "",
) -> Status[SegmentAnswer]:
    """Asks for a segmentation: 202, or 200 if an active request does the same work.

    `wait` holds the answer until the request ends; then it is 200 and carries the result.
    """
    pressed = await press(
        orthanc_client(),
        series=series_id,
        body=body or SegmentBody(),
        actor=caller(request),
        idempotency_key=idempotency_key,
    )
    if wait:
        pressed = await _when_ended(pressed, seconds=wait)
    is_known = pressed.deduplicated or is_final(pressed.request.status)
    return Status(200 if is_known else 202, _answer(pressed))


async def _when_ended(pressed: Pressed, *, seconds: float) -> Pressed:
    request_id = pressed.request.request_id
    await wait_until_ended(request_id, seconds=seconds)
    view = await in_database(selectors.view_request, request_id=request_id, now=clock.now())
    return replace(pressed, request=view)


@router.post(
    "studies/{study_id}/segment/",
    response={200: StudySegmentAnswer, 202: StudySegmentAnswer},
    url_name="segment_study",
)
async def segment_study(
    request: HttpRequest,
    study_id: str,
    body: SegmentBody | None = None,
    idempotency_key: PressKey = "",
) -> Status[StudySegmentAnswer]:
    """The same for each model that the study can feed: 202 if one of the requests is new."""
    pressed = await press_study(
        orthanc_client(),
        study=study_id,
        body=body or SegmentBody(),
        actor=caller(request),
        idempotency_key=idempotency_key,
    )
    answer = StudySegmentAnswer(requests=tuple(_answer(each) for each in pressed))
    return Status(200 if all(each.deduplicated for each in pressed) else 202, answer)


def _answer(pressed: Pressed) -> SegmentAnswer:
    return SegmentAnswer(
        request_id=pressed.request.request_id,
        status=pressed.request.status,
        deduplicated=pressed.deduplicated,
        position=pressed.request.position,
        eta_seconds=pressed.request.eta_seconds,
        waiting_for=pressed.request.waiting_for,
        problem=pressed.request.problem,
        result=pressed.request.result,
    )


@router.post("requests/{request_id}/cancel/", response=RequestAnswer, url_name="cancel_request")
async def cancel_request(request: HttpRequest, request_id: UUID) -> RequestAnswer:
    """The state changes at once; a worker that has the request hears of it."""
    now = clock.now()
    cancelled = await in_database(
        transitions.cancel, request_id=request_id, actor=caller(request), now=now
    )
    return RequestAnswer(request=await in_database(selectors.view, cancelled, now=now))


@router.post("requests/{request_id}/retry/", response=RequestAnswer, url_name="retry_request")
async def retry_request(request: HttpRequest, request_id: UUID) -> RequestAnswer:
    """A failed request waits again, with all its attempts."""
    now = clock.now()
    waiting = await in_database(
        transitions.retry, request_id=request_id, actor=caller(request), now=now
    )
    return RequestAnswer(request=await in_database(selectors.view, waiting, now=now))


@router.get("pending-requests/", response=RequestList, url_name="pending_requests")
async def pending_requests(request: HttpRequest) -> RequestList:
    """What waits for a worker, in the order in which it is handed out."""
    requests = await in_database(selectors.list_pending, now=clock.now())
    return RequestList(count=len(requests), count_is_exact=True, requests=requests)


@router.get("requests/", response=RequestList, url_name="list_requests")
async def list_requests(  # noqa: PLR0913, PLR0917 - one for each filter of the query string
    request: HttpRequest,
    status: RequestStatus | None = None,
    series_id: str | None = None,
    study_uid: str | None = None,
    model: str | None = None,
    offset: Annotated[int, Query(ge=0, le=LARGEST_OFFSET)] = 0,
    limit: Annotated[int, Query(ge=1, le=LONGEST_PAGE)] = 50,
) -> RequestList:
    """Requests, newest first; `count` is how many the filters match, of which 1,000 are counted."""
    page = await in_database(
        selectors.list_requests,
        only=RequestFilter(status, series_id, study_uid, model),
        offset=offset,
        limit=limit,
        now=clock.now(),
    )
    return RequestList(count=page.count, count_is_exact=page.count_is_exact, requests=page.requests)


@router.get("requests/{request_id}/", response=RequestAnswer, url_name="show_request")
async def show_request(request: HttpRequest, request_id: UUID) -> RequestAnswer:
    """One request in full."""
    view = await in_database(selectors.view_request, request_id=request_id, now=clock.now())
    return RequestAnswer(request=view)


@router.get("status/{request_id}/", response=StatusAnswer, url_name="show_status")
async def show_status(request: HttpRequest, request_id: UUID) -> StatusAnswer:
    """One request in short."""
    view = await in_database(selectors.view_request, request_id=request_id, now=clock.now())
    return StatusAnswer(request_id=view.request_id, status=view.status, result=view.result)
