"""A Django that takes every event at once, in a process of its own."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection

from fakes.django_server import FakeDjango


@contextmanager
def django_that_answers() -> Iterator[str]:
    """Gives the base of its API; the process ends with the block."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs,), daemon=True)
    process.start()
    theirs.close()  # so that ours ends if the process does before it says anything
    try:
        yield str(ours.recv())
    finally:
        ours.close()
        process.join()


def _serve(pipe: Connection) -> None:
    with FakeDjango() as django:
        pipe.send(django.url)
        with suppress(EOFError):
            pipe.recv()  # ends when the other side closes
