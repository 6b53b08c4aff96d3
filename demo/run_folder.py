"""A folder per run, so that neither a second demo nor what a killed one left gets in the way."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_PREFIX = "run-"


@contextmanager
def run_folder(cache: Path) -> Iterator[Path]:
    """A new folder below the cache; it stays, for its logs, until the next run begins."""
    cache.mkdir(parents=True, exist_ok=True)
    remove_ended_runs(cache)
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=cache))
    lock = locked(folder)
    try:
        yield folder
    finally:
        os.close(lock)


def remove_ended_runs(cache: Path) -> None:
    """Remove the folders whose demo no longer runs."""
    for folder in cache.glob(f"{_PREFIX}*"):
        try:
            lock = locked(folder)
        except OSError:
            continue  # its demo runs, or another one is removing it
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def locked(folder: Path) -> int:
    """Lock a folder until the returned descriptor is closed, or this process ends in any way."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor
