"""What uvicorn serves: Django, its static files, and the sweep of expired leases beside it."""

from __future__ import annotations

import asyncio
import contextlib
import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "segrelay_api.settings")
django_application = get_asgi_application()

from django.conf import settings  # noqa: E402 - must come after Django's set-up

from segrelay_api.pages.static_files import (  # noqa: E402 - likewise
    Receive,
    Scope,
    Send,
    StaticFiles,
)
from segrelay_api.queue.sweep import sweep_for_ever  # noqa: E402 - likewise

# Beside Django, not as its middleware: WhiteNoise's is sync, and one sync middleware would make
# every waiting claim hold a thread.
static_files = StaticFiles(root=settings.STATIC_ROOT, prefix=settings.STATIC_URL)


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """Routes by kind and path."""
    if scope["type"] == "lifespan":
        await _live(receive, send)
    elif scope["path"].startswith(settings.STATIC_URL):
        await static_files(scope, receive, send)
    else:
        await django_application(scope, receive, send)


async def _live(receive: Receive, send: Send) -> None:
    """Sweeps from start-up to shutdown."""
    await receive()
    sweep = asyncio.create_task(sweep_for_ever())
    await send({"type": "lifespan.startup.complete"})
    await receive()
    sweep.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await sweep
    await send({"type": "lifespan.shutdown.complete"})
