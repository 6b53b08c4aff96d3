"""Runs database work off the event loop, on few threads, and leaves no connection behind."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, TypeVar

from django.db import connections

P = ParamSpec("P")
T = TypeVar("T")

# Waiting callers hold none of these; they are for the milliseconds that a transaction takes.
THREADS = 8
_executor = ThreadPoolExecutor(max_workers=THREADS, thread_name_prefix="database")


async def in_database(function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """Calls a service or selector in a thread; the connection is closed within the same call."""
    work = partial(_call_and_close, partial(function, *args, **kwargs))
    context = contextvars.copy_context()  # carries the reader's language along
    return await asyncio.get_running_loop().run_in_executor(_executor, context.run, work)


def _call_and_close(work: Callable[[], T]) -> T:
    try:
        return work()
    finally:
        connections.close_all()
