"""What happened, as it happens: Server-Sent Events (WHATWG HTML, section 9.2)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated, Literal
from uuid import UUID

from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse
from ninja import Header, Router
from ninja.errors import HttpError

from segrelay_api.database_calls import in_database
from segrelay_api.queue import event_log, selectors
from segrelay_api.queue.event_feed import PAGE, Follower, event_feed
from segrelay_api.queue.event_log import Entry
from segrelay_api.queue.event_order import BEGINNING, Position
from segrelay_contract.events import EventList

router = Router()

HEARTBEAT_SECONDS = 15.0
HEARTBEAT = ": still here\n\n"
LONGEST_STREAM_SECONDS = 300.0  # whose token was revoked hears no more when it comes back
MOST_EVENTS_OF_A_REQUEST = 10_000
# As OpenAPI before 3.2 describes a stream: by one of its events.
ONE_EVENT = {
    "type": "object",
    "properties": {
        "id": {"type": "string"},
        "data": {
            "type": "string",
            "contentMediaType": "application/json",
            "contentSchema": {"$ref": "#/components/schemas/EventView"},
        },
    },
    "required": ["id", "data"],
}
STREAM = {"responses": {200: {"content": {"text/event-stream": {"schema": ONE_EVENT}}}}}

LastEventId = Annotated[str, Header(alias="Last-Event-ID", description="Where a stream broke off.")]


@router.get("events/", url_name="all_events", openapi_extra=STREAM)
async def all_events(request: HttpRequest, last_event_id: LastEventId = "") -> HttpResponseBase:
    """Events of all requests from now on, or from `Last-Event-ID` on."""
    return _stream(_events(after=_position(last_event_id)))


@router.get(
    "requests/{request_id}/events/",
    response=EventList,
    url_name="request_events",
    openapi_extra=STREAM,
)
async def request_events(
    request: HttpRequest,
    request_id: UUID,
    format: Literal["sse", "json"] = "sse",  # noqa: A002
    last_event_id: LastEventId = "",
) -> HttpResponseBase | EventList:
    """All events of one request and those to come; `format=json` gives those until now."""
    await in_database(selectors.get_request, request_id=request_id)
    if format == "json":
        entries = await in_database(
            event_log.entries_after,
            BEGINNING,
            limit=MOST_EVENTS_OF_A_REQUEST,
            request_id=request_id,
        )
        return EventList(events=tuple(event for _, event in entries))
    after = _position(last_event_id) or BEGINNING
    return _stream(_events(after=after, request_id=request_id))


def _position(text: str) -> Position | None:
    if not text:
        return None
    try:
        return Position.parse(text)
    except ValueError as error:
        raise HttpError(400, "Last-Event-ID is none that was sent from here.") from error


def _stream(content: AsyncIterator[str]) -> StreamingHttpResponse:
    response = StreamingHttpResponse(content, content_type="text/event-stream")
    response.headers["X-Accel-Buffering"] = "no"  # nginx would collect events before it sends any
    return response


async def _events(*, after: Position | None, request_id: UUID | None = None) -> AsyncIterator[str]:
    ends_at = _time() + LONGEST_STREAM_SECONDS
    async with event_feed.follow() as follower:
        sent = after or follower.beginning
        yield greeting(sent)
        while after is not None and (entries := await _read_after(sent, request_id)):
            for entry in entries:
                yield _message(entry)
            sent = entries[-1][0]
        async for text in _live(follower, after=sent, request_id=request_id, ends_at=ends_at):
            yield text


def _time() -> float:
    return asyncio.get_running_loop().time()


async def _read_after(position: Position, request_id: UUID | None) -> tuple[Entry, ...]:
    return await in_database(event_log.entries_after, position, limit=PAGE, request_id=request_id)


async def _live(
    follower: Follower, *, after: Position, request_id: UUID | None, ends_at: float
) -> AsyncIterator[str]:
    """What the feed brings; whoever is too slow, or has listened for long, has to come back."""
    while not follower.is_left_behind and _time() < ends_at:
        entry = await follower.next(seconds=HEARTBEAT_SECONDS)
        if entry is None:
            yield HEARTBEAT
            continue
        position, event = entry
        if position > after and request_id in {None, event.request_id}:
            yield _message(entry)


def greeting(position: Position) -> str:
    """From this position on nothing is missed, also by who is cut off before the first event."""
    return f"retry: 2000\nid: {position}\n\n"


def _message(entry: Entry) -> str:
    position, event = entry
    return f"id: {position}\ndata: {event.model_dump_json()}\n\n"
