"""Runs database work off the event loop, on few threads, and leaves no connection behind."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, TypeVar

from django.db import connections
from django.utils import translation

P = ParamSpec("P")
T = TypeVar("T")

# Waiting callers hold none of these; they are for the milliseconds that a transaction takes.
THREADS = 8
log = logging.getLogger(__name__)
_executor = ThreadPoolExecutor(max_workers=THREADS, thread_name_prefix="database")


async def in_database(function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """Calls a service or selector in a thread; the connection is closed within the same call."""
    work = partial(function, *args, **kwargs)
    call = partial(_call_and_close, work, translation.get_language())
    return await asyncio.get_running_loop().run_in_executor(_executor, call)


def in_background(function: Callable[P, object], /, *args: P.args, **kwargs: P.kwargs) -> None:
    """Calls it in a thread and lets nobody wait for it; what goes wrong is in the log."""
    work = partial(function, *args, **kwargs)
    call = partial(_call_and_close, work, translation.get_language())
    _executor.submit(call).add_done_callback(_log_failure)


def _log_failure(done: Future[object]) -> None:
    error = done.exception()
    if error is not None:
        log.error("background work failed", exc_info=error)


def _call_and_close(work: Callable[[], T], language: str | None) -> T:
    """The reader's language belongs to a thread, so it is handed over."""
    try:
        with translation.override(language):
            return work()
    finally:
        connections.close_all()
