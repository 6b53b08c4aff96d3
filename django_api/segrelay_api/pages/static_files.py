"""The page's static files as an ASGI application on top of WhiteNoise's index.

WhiteNoise speaks WSGI, and asgiref's bridge to it leaves its executor in the context of the
connection: the next call on that connection, to whatever address, then ends with 500.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any

from whitenoise import WhiteNoise
from whitenoise.responders import Response

CHUNK_BYTES = 64 * 1024
NOT_FOUND = Response(HTTPStatus.NOT_FOUND, [("Content-Length", "0")], None)

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[Mapping[str, Any]], Awaitable[None]]


class StaticFiles:
    """Serves the files that are under `root` when it is made, at addresses below `prefix`."""

    def __init__(self, *, root: Path, prefix: str) -> None:
        self._files = WhiteNoise(None, root=root, prefix=prefix).files

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        """Answers one HTTP request."""
        file = self._files.get(scope["path"])
        answer = file.get_response(scope["method"], _wsgi_names(scope)) if file else NOT_FOUND
        headers = [*answer.headers, ("X-Content-Type-Options", "nosniff")]
        await send(
            {
                "type": "http.response.start",
                "status": int(answer.status),
                "headers": [(name.lower().encode(), value.encode()) for name, value in headers],
            }
        )
        await _send_body(answer, send)


def _wsgi_names(scope: Scope) -> dict[str, str]:
    headers: Iterable[tuple[bytes, bytes]] = scope["headers"]
    return {
        "HTTP_" + name.decode("latin-1").upper().replace("-", "_"): value.decode("latin-1")
        for name, value in headers
    }


async def _send_body(answer: Response, send: Send) -> None:
    """Reads on the event loop: a chunk from the disk's cache takes less than a change of thread."""
    if answer.file is not None:
        with answer.file as file:
            while chunk := file.read(CHUNK_BYTES):
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
    await send({"type": "http.response.body"})
