"""What uvicorn serves: Django, its static files, and beside them what runs for ever."""

from __future__ import annotations

import asyncio
import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "segrelay_api.settings")
django.setup(set_prefix=False)

from django.conf import settings  # noqa: E402 - must come after Django's set-up
from django.core.signals import request_started  # noqa: E402 - likewise
from django.db import close_old_connections, reset_queries  # noqa: E402 - likewise

from segrelay_api.call_handler import CallHandler  # noqa: E402 - likewise
from segrelay_api.pages.static_files import (  # noqa: E402 - likewise
    Receive,
    Scope,
    Send,
    StaticFiles,
)
from segrelay_api.queue.sweep import sweep, sweep_for_ever  # noqa: E402 - likewise
from segrelay_api.queue.wakeups.neighbours import (  # noqa: E402 - likewise
    hear_neighbours_for_ever,
)
from segrelay_api.state_mirror.loop import mirror_for_ever  # noqa: E402 - likewise

django_application = CallHandler()

# Beside Django, not as its middleware: WhiteNoise's is sync, and one sync middleware would make
# every waiting claim hold a thread.
static_files = StaticFiles(root=settings.STATIC_ROOT, prefix=settings.STATIC_URL)

# Django would run these in a thread that belongs to the call as long as it lasts, so that each
# waiting call held one. `in_database` closes connections itself.
for receiver in (close_old_connections, reset_queries):
    request_started.disconnect(receiver)


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """Routes by kind and path."""
    if scope["type"] == "lifespan":
        await _live(receive, send)
    elif scope["path"].startswith(settings.STATIC_URL):
        await static_files(scope, receive, send)
    else:
        await django_application(scope, receive, send)


async def _live(receive: Receive, send: Send) -> None:
    """Sweeps, listens to other processes and tells the plugin, from start-up to shutdown."""
    await receive()
    await sweep()  # no call is answered before the clocks were compared
    beside = [
        asyncio.create_task(sweep_for_ever()),
        asyncio.create_task(hear_neighbours_for_ever()),
        asyncio.create_task(mirror_for_ever()),
    ]
    await send({"type": "lifespan.startup.complete"})
    await receive()
    for task in beside:
        task.cancel()
    await asyncio.gather(*beside, return_exceptions=True)
    await send({"type": "lifespan.shutdown.complete"})
