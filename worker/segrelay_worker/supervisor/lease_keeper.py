from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Protocol, Self
from uuid import UUID

from segrelay_contract.leases import ProgressBody
from segrelay_contract.status import Stage
from segrelay_worker.errors import CancelledError, LeaseLostError
from segrelay_worker.logs import fields
from segrelay_worker.supervisor.abort import Abort, AbortReason
from segrelay_worker.transfer.errors import QueueError
from segrelay_worker.transfer.lease_term import HeldLease, lease_clock
from segrelay_worker.transfer.queue_client import ANSWER_SECONDS, Claim, Renewal

_log = logging.getLogger(__name__)

PROGRESS_EVERY_SECONDS = 2.0  # news within a stage; also the pause after a failed renewal
_SHORTEST_ANSWER_SECONDS = 1.0

SecondsLeft = Callable[[], float]  # of the lease, if nothing renews it


class RenewingQueue(Protocol):
    """What the keeper needs of the queue."""

    def update_status(
        self, request_id: UUID, body: ProgressBody, timeout_seconds: float
    ) -> Renewal:
        """Renew the lease and say how far the work is."""


class LeaseKeeper:
    """Renews one lease, and its ticket, from a thread of its own while the request is worked on.

    Sets the abort when the lease is lost or somebody cancelled the request. Renewals that get no
    answer are tried again until the lease has run out; then it counts as lost.
    """

    def __init__(
        self,
        *,
        queue: RenewingQueue,
        claim: Claim,
        abort: Abort,
        clock: Callable[[], float] = lease_clock,
    ) -> None:
        self._queue = queue
        self._request_id = claim.request.request_id
        self._lease: HeldLease = claim.lease
        self._ticket = claim.ticket
        self._abort = abort
        self._clock = clock
        self._news = threading.Condition()
        self._stage = Stage.DOWNLOADING
        self._progress = 0.0
        self._told: tuple[Stage, float] | None = None
        self._renew_at = clock()
        self._ended = False

    def __enter__(self) -> Self:
        """Renew once before any work is done, then keep renewing."""
        self.renew()
        threading.Thread(target=self._keep, daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop renewing; what an answer under way says no longer counts."""
        with self._news:
            self._ended = True
            self._news.notify()

    def seconds_left(self) -> float:
        """How long the lease lasts if nothing renews it."""
        return self._lease.ends_at - self._clock()

    def report(self, stage: Stage, progress: float) -> None:
        """Take in how far the work is; a new stage is passed on at once."""
        with self._news:
            is_new_stage = stage is not self._stage
            self._stage, self._progress = stage, progress
            if is_new_stage:
                self._renew_at = self._clock()
                self._news.notify()

    def renew(self) -> None:
        """Once and now; the abort says afterwards whether the lease is still ours."""
        with self._news:
            told = (self._stage, self._progress)
        try:
            renewal = self._queue.update_status(
                self._request_id, self._body(*told), self._patience_seconds()
            )
        except LeaseLostError:
            self._give_up(AbortReason.LEASE_LOST)
        except CancelledError:
            self._give_up(AbortReason.CANCELLED)
        except QueueError as error:
            self._missed(error)
        else:
            self._renewed(renewal, told)

    def _keep(self) -> None:
        try:
            while self._wait_for_turn():
                self.renew()
        finally:
            self._give_up(AbortReason.LEASE_LOST)  # only if a mistake ended it before the work

    def _wait_for_turn(self) -> bool:
        """Wait until there is a reason to call; False when the work has ended."""
        with self._news:
            while not self._ended:
                left_seconds = self._renew_at - self._clock()
                if left_seconds <= 0:
                    return True
                was_woken = self._news.wait(min(PROGRESS_EVERY_SECONDS, left_seconds))
                if not was_woken and self._told != (self._stage, self._progress):
                    return True
            return False

    def _body(self, stage: Stage, progress: float) -> ProgressBody:
        return ProgressBody(lease_token=self._lease.token, stage=stage, progress=progress)

    def _patience_seconds(self) -> float:
        """No longer than the lease: an answer after its end would come too late to stop in time."""
        return min(ANSWER_SECONDS, max(_SHORTEST_ANSWER_SECONDS, self.seconds_left()))

    def _renewed(self, renewal: Renewal, told: tuple[Stage, float]) -> None:
        if renewal.cancel_requested or renewal.lease is None:
            self._give_up(AbortReason.CANCELLED)
            return
        self._ticket.renew(renewal.ticket)
        with self._news:
            self._lease = renewal.lease
            self._told = told
            if self._stage is told[0]:  # else the next stage is due at once
                self._renew_at = self._clock() + self._lease.renew_every_seconds

    def _missed(self, error: QueueError) -> None:
        _log.warning(
            "요청 갱신 실패, 다시 시도합니다 (lease not renewed, trying again)",
            extra=fields(request_id=self._request_id, reason=error),
        )
        now = self._clock()
        if now >= self._lease.ends_at:
            self._give_up(AbortReason.LEASE_LOST)
        with self._news:
            self._renew_at = min(now + PROGRESS_EVERY_SECONDS, self._lease.ends_at)

    def _give_up(self, reason: AbortReason) -> None:
        with self._news:
            if not self._ended:  # the abort of work that has ended is nobody's business any more
                self._ended = True
                self._abort.set(reason)
