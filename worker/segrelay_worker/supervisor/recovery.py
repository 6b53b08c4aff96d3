from __future__ import annotations

import logging
from http import HTTPStatus
from typing import Protocol

from segrelay_worker.errors import BlockedError, WorkerError
from segrelay_worker.logs import fields
from segrelay_worker.supervisor.abort import Abort
from segrelay_worker.transfer.retrying import RetryPolicy

_log = logging.getLogger(__name__)


class Archive(Protocol):
    """What recovery needs of the archive."""

    def require_orthanc(self) -> None:
        """Raises a WorkerError if requests would fail."""


class Recovery:
    """Keeps a worker from claiming what it would only have to give back.

    Pauses grow from one blocked request to the next until one is handled.
    """

    def __init__(self, *, archive: Archive, policy: RetryPolicy, waiting: Abort) -> None:
        self._archive = archive
        self._policy = policy
        self._waiting = waiting
        self._delays = policy.delays()

    def after(self, blocked: BlockedError | None, *, needs_ticket: bool = False) -> None:
        """Wait out what stood in the way of the last request. Raises StoppingError.

        `needs_ticket`: the archive may refuse this worker whenever it has no lease.
        """
        if blocked is None:
            self._delays = self._policy.delays()
            return
        error: WorkerError | None = blocked
        while error is not None:
            self._pause(error)
            error = self._waiting.unless_set(self._still_wrong)
            if needs_ticket and _is_forbidden(error):
                return

    def _pause(self, error: WorkerError) -> None:
        delay_seconds = next(self._delays)
        _log.error(
            "❌ 요청을 처리할 수 없어 대기합니다: %s (requests would fail here, waiting)",
            error,
            extra=fields(delay_seconds=delay_seconds),
        )
        self._waiting.pause(delay_seconds)

    def _still_wrong(self) -> WorkerError | None:
        try:
            self._archive.require_orthanc()
        except WorkerError as error:
            return error
        return None


def _is_forbidden(error: WorkerError | None) -> bool:
    """Orthanc answered and took the password: more is not to be had without a ticket."""
    return error is not None and error.parameters.get("http_status") == HTTPStatus.FORBIDDEN
