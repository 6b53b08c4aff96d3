from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.handlers.asgi import ASGIHandler

if TYPE_CHECKING:
    from segrelay_api.pages.static_files import Receive, Scope, Send


class CallHandler(ASGIHandler):
    """Django, without a thread of its own for each call.

    Django closes every response in a thread and gives each call one for that, started and joined
    anew: a third of what a claim costs. Without its context all calls share one; what works on the
    database has `database_calls` threads.
    """

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """For HTTP alone."""
        if scope["type"] != "http":
            raise ValueError(f"{scope['type']} is not served")
        await self.handle(scope, receive, send)
