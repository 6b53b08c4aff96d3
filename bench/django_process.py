"""A Django that takes every event at once, in a process of its own."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection

from fakes.django_server import FakeDjango


@contextmanager
def django_that_answers() -> Iterator[str]:
    """Gives the base of its API; the process ends with the block."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs,), daemon=True)
    process.start()
    try:
        yield str(ours.recv())
    finally:
        ours.send(None)
        process.join()


def _serve(pipe: Connection) -> None:
    with FakeDjango() as django:
        pipe.send(django.url)
        pipe.recv()
