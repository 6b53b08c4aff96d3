"""Runs database work off the event loop, on few threads, and leaves no connection behind."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, TypeVar

from django.db import connections
from django.utils import translation

P = ParamSpec("P")
T = TypeVar("T")

# Waiting callers hold none of these; they are for the milliseconds that a transaction takes.
THREADS = 8
_executor = ThreadPoolExecutor(max_workers=THREADS, thread_name_prefix="database")


async def in_database(function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """Calls a service or selector in a thread; the connection is closed within the same call."""
    work = partial(function, *args, **kwargs)
    call = partial(_call_and_close, work, translation.get_language())
    return await asyncio.get_running_loop().run_in_executor(_executor, call)


def _call_and_close(work: Callable[[], T], language: str | None) -> T:
    """The reader's language belongs to a thread, so it is handed over."""
    try:
        with translation.override(language):
            return work()
    finally:
        connections.close_all()
