from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import UUID

from segrelay_worker.supervisor.errors import SpoolError
from segrelay_worker.supervisor.kept_results import KeptResults

_PREFIX = "worker-"
_OWNER = "owner.lock"  # locked as long as the worker that owns the folder lives
_GATE = "spool.lock"  # locked while folders are made or swept
_FINISHED = "finished"


class Spool:
    """This worker's own folder below SPOOL_DIR, with one folder per attempt.

    `results` lie in it too, and outlive the worker.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / _FINISHED).mkdir()
        self.results = KeptResults(folder / _FINISHED)

    @contextmanager
    def attempt(self, request_id: UUID, attempt: int) -> Iterator[Path]:
        """A folder that is there while one attempt is worked on."""
        folder = self.folder / f"{request_id}-{attempt}"
        folder.mkdir()
        try:
            yield folder
        finally:
            # A download that was overtaken may still write; the rest goes with the spool.
            shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def open_spool(spool_dir: Path) -> Iterator[Spool]:
    """Make this worker's folder; what dead workers finished moves there, the rest is removed.

    Raises SpoolError.
    """
    try:
        spool, owner = _own_spool(spool_dir)
    except OSError as error:
        raise SpoolError(
            f"SPOOL_DIR ({spool_dir}) cannot be used: {error.strerror}. "
            "Name a folder that the worker may write to."
        ) from error
    try:
        yield spool
    finally:
        if not any((spool.folder / _FINISHED).glob("*")):  # else the next start takes over
            shutil.rmtree(spool.folder, ignore_errors=True)
        os.close(owner)


def _own_spool(spool_dir: Path) -> tuple[Spool, int]:
    """A new folder that only this user may read, and the open lock that marks it as in use."""
    spool_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _locked(spool_dir / _GATE, fcntl.LOCK_EX):
        spool = Spool(Path(tempfile.mkdtemp(prefix=_PREFIX, dir=spool_dir)))
        owner = os.open(spool.folder / _OWNER, os.O_CREAT | os.O_RDWR)
        fcntl.flock(owner, fcntl.LOCK_EX)  # keeps the sweep from our own folder too
        _sweep(spool_dir, spool.folder / _FINISHED)
    return spool, owner


def _sweep(spool_dir: Path, finished: Path) -> None:
    for folder in spool_dir.glob(f"{_PREFIX}*"):
        try:
            with _locked(folder / _OWNER, fcntl.LOCK_EX | fcntl.LOCK_NB):
                _take_over(folder / _FINISHED, finished)
                shutil.rmtree(folder, ignore_errors=True)
        except (BlockingIOError, FileNotFoundError):
            continue  # its worker lives, or has just removed it


def _take_over(left: Path, finished: Path) -> None:
    for result in left.glob("*"):
        with suppress(OSError):  # two dead workers finished the same, or it cannot be moved
            result.rename(finished / result.name)


@contextmanager
def _locked(file: Path, how: int) -> Iterator[None]:
    descriptor = os.open(file, os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(descriptor, how)
        yield
    finally:
        os.close(descriptor)
