from __future__ import annotations

import hashlib
import logging
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from uuid import UUID

from pydantic import ValidationError

from segrelay_contract.leases import ClaimedRequest
from segrelay_contract.payload import Payload
from segrelay_worker.errors import BlockedError, LeaseLostError
from segrelay_worker.inference.outcome import SeriesOutcome
from segrelay_worker.supervisor.errors import StoppingError
from segrelay_worker.transfer.errors import QueueUnreachableError, TokenRefusedError
from segrelay_worker.transfer.queue_client import Claim

MOST = 8
LONGEST_SECONDS = 7 * 24 * 3600.0  # patients' images do not lie about for ever

_DESCRIPTION = "result.json"
_STILL_WANTED = (StoppingError, BlockedError, QueueUnreachableError, TokenRefusedError)

_log = logging.getLogger(__name__)


class KeptResult(Payload):
    """A finished result with all that it takes to deliver it, under whichever lease."""

    claim_id: UUID  # of the claim that it was made under; repeats that lease while it lasts
    request: ClaimedRequest
    threshold: float | None  # as the inference process was told
    outcome: SeriesOutcome
    seconds_downloading: float


class _Description(Payload):
    result: KeptResult
    sha256: dict[str, str]  # by file name


class KeptResults:
    """Finished results on disk, one folder each, until the queue has taken them.

    They outlive a lost lease and a killed worker, so that no series is segmented twice for it.
    """

    def __init__(self, folder: Path, *, clock: Callable[[], float] = time.time) -> None:
        self._folder = folder
        self._clock = clock

    def keep(self, result: KeptResult) -> KeptResult:
        """Move the result's files, which lie alone in a folder on this disk, here in one step."""
        [made_in] = {file.path.parent for file in result.outcome.files}
        digests = {file.path.name: _sha256(file.path) for file in result.outcome.files}
        description = _Description(result=result, sha256=digests)
        (made_in / _DESCRIPTION).write_text(description.model_dump_json(), encoding="utf-8")
        folder = self._of(result.request.request_id)
        shutil.rmtree(folder, ignore_errors=True)
        made_in.rename(folder)
        return _lying_in(folder, result)

    def waiting(self) -> list[KeptResult]:
        """What can still be delivered, oldest first; what is torn, old or too much is removed."""
        found = sorted(self._folder.glob("*"), key=lambda folder: folder.stat().st_mtime)
        kept = []
        for number, folder in enumerate(reversed(found)):
            age_seconds = self._clock() - folder.stat().st_mtime
            result = _read(folder) if number < MOST and age_seconds < LONGEST_SECONDS else None
            if result is None:
                _log.warning("보관된 결과 삭제 (a kept result is of no use, removed)")
                shutil.rmtree(folder, ignore_errors=True)
            else:
                kept.append(result)
        return kept[::-1]

    def made_for(self, request: ClaimedRequest, threshold: float | None) -> KeptResult | None:
        """The result of exactly this request."""
        wanted = (_asked(request), threshold)
        same = (one for one in self.waiting() if (_asked(one.request), one.threshold) == wanted)
        return next(same, None)

    def drop(self, request_id: UUID) -> None:
        """Nobody wants it any more."""
        shutil.rmtree(self._of(request_id), ignore_errors=True)

    @contextmanager
    def delivering(self, claim: Claim) -> Iterator[None]:
        """Keeps the claim's result after a delivery that may be repeated, and drops it otherwise.

        One lost lease is no reason to drop it, two are.
        """
        is_wanted = False
        try:
            yield
        except _STILL_WANTED:
            is_wanted = True
            raise
        except LeaseLostError:
            is_wanted = not claim.is_resumed
            raise
        finally:
            if not is_wanted:
                self.drop(claim.request.request_id)

    def _of(self, request_id: UUID) -> Path:
        return self._folder / str(request_id)


def _asked(request: ClaimedRequest) -> ClaimedRequest:
    """What earlier results there are may change while a finished one waits."""
    return request.model_copy(update={"supersedes": ()})


def _read(folder: Path) -> KeptResult | None:
    """None for what is not whole."""
    try:
        content = (folder / _DESCRIPTION).read_bytes()
        description = _Description.model_validate_json(content)
        for name, sha256 in description.sha256.items():
            if _sha256(folder / Path(name).name) != sha256:
                return None
    except (OSError, ValidationError):
        return None
    return _lying_in(folder, description.result)


def _lying_in(folder: Path, result: KeptResult) -> KeptResult:
    files = tuple(replace(file, path=folder / file.path.name) for file in result.outcome.files)
    return result.model_copy(update={"outcome": replace(result.outcome, files=files)})


def _sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()
