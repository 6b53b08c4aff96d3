"""A reader of event streams who leaves after the first event, as a closed browser does."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from segrelay_api.pages.static_files import Receive, Scope, Send

Application = Callable[[Scope, Receive, Send], Awaitable[None]]


def read_briefly(application: Application) -> Application:
    """The same ASGI application, with no answer that goes on for ever."""

    async def call(scope: Scope, receive: Receive, send: Send) -> None:
        has_left = False

        async def send_until_left(message: Mapping[str, Any]) -> None:
            nonlocal has_left
            if has_left:
                return
            has_left = b"data: " in message.get("body", b"") and message.get("more_body", False)
            await send({**message, "more_body": False} if has_left else message)

        await application(scope, receive, send_until_left)

    return call
