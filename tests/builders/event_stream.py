"""Reads Server-Sent Events as a browser does (WHATWG HTML, section 9.2.6)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from typing import Any

from django.test import AsyncClient

from segrelay_contract.events import EventView

LONG_SECONDS = 30.0


@dataclass(frozen=True)
class Message:
    """One event with the position to come back with."""

    position: str
    event: EventView


def fields_of(text: str) -> dict[str, str]:
    """Of one block, up to its empty line."""
    return dict(line.split(": ", 1) for line in text.strip().splitlines())


class EventStream:
    """The messages of one answer, and its heartbeats."""

    def __init__(self, parts: AsyncIterator[bytes]) -> None:
        self._parts = parts
        self.beginning = ""  # the position that it was opened at

    async def text(self) -> str:
        """The next part, whatever it is."""
        return (await asyncio.wait_for(anext(self._parts), LONG_SECONDS)).decode()

    async def message(self) -> Message:
        """The next event; heartbeats are passed over."""
        while (text := await self.text()).startswith(":"):
            pass
        fields = fields_of(text)
        return Message(fields["id"], EventView.model_validate_json(fields["data"]))

    async def events(self, count: int) -> list[EventView]:
        """So many more."""
        return [(await self.message()).event for _ in range(count)]


@asynccontextmanager
async def open_stream(client: AsyncClient, path: str) -> AsyncIterator[EventStream]:
    """From here on nothing is missed."""
    response: Any = await client.get(path)
    assert response.streaming, response.content
    assert response.headers["Content-Type"] == "text/event-stream"
    async with aclosing(response._iterator):  # noqa: SLF001 - what it wraps closes only later
        stream = EventStream(aiter(response))
        stream.beginning = fields_of(await stream.text())["id"]
        yield stream
