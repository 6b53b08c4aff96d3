from __future__ import annotations

import logging
import time
from concurrent.futures import Future, wait
from dataclasses import replace
from typing import Protocol
from uuid import UUID, uuid4

from segrelay_contract.leases import ClaimBody, WorkerDescription
from segrelay_worker.errors import CancelledError, LeaseLostError
from segrelay_worker.logs import fields
from segrelay_worker.supervisor.background import in_background
from segrelay_worker.supervisor.errors import StoppingError
from segrelay_worker.supervisor.kept_results import KeptResult, KeptResults
from segrelay_worker.supervisor.quarantine import Offers
from segrelay_worker.supervisor.releasing import ReleasingQueue, give_back
from segrelay_worker.supervisor.shutdown import Shutdown
from segrelay_worker.transfer.errors import QueueError, TokenRefusedError
from segrelay_worker.transfer.queue_client import Claim
from segrelay_worker.transfer.retrying import RetryPolicy

_log = logging.getLogger(__name__)

LONG_POLL_SECONDS = 25.0
_AT_ONCE_SECONDS = 1.0  # an empty answer that came sooner is no long poll
_LATE_ANSWER_SECONDS = 1.0  # how long a stopping worker waits for a claim that is under way


class ClaimingQueue(ReleasingQueue, Protocol):
    """What claiming needs of the queue."""

    def claim(self, body: ClaimBody) -> Claim | None:
        """Wait for a request."""


class Claiming:
    """Asks the queue for a request, however often the queue is away."""

    def __init__(
        self,
        *,
        queue: ClaimingQueue,
        worker: WorkerDescription,
        poll_interval_seconds: float,
        shutdown: Shutdown,
        results: KeptResults,
    ) -> None:
        self._queue = queue
        self._worker = worker
        self._poll_interval_seconds = poll_interval_seconds
        self._shutdown = shutdown
        self._results = results

    def next_claim(self, offers: Offers) -> Claim | None:
        """Wait for a request, as long as the queue holds the call.

        Raises StoppingError when the operator ends the worker.
        """
        return self._resumed_claim(offers) or self._new_claim(offers)

    def _resumed_claim(self, offers: Offers) -> Claim | None:
        """What this worker finished comes first; what it may no longer deliver goes."""
        for kept in self._results.waiting():
            claim = self._claim_of(kept, offers)
            if claim is not None:
                return claim
            self._results.drop(kept.request.request_id)
        return None

    def _claim_of(self, kept: KeptResult, offers: Offers) -> Claim | None:
        """None if somebody else has the request, nobody wants it, or the model is another now."""
        if kept.outcome.model.digest not in {offer.digest for offer in offers.known}:
            return None
        request_id = kept.request.request_id
        try:
            # The same claim again: a lease that outlived our process is ours still. Delivering
            # runs no model, so that it may be one in quarantine.
            whatever = replace(offers, models=offers.known)
            return self._answered_claim(self._body(kept.claim_id, whatever, resume=request_id))
        except (LeaseLostError, CancelledError):
            _log.info(
                "완료된 결과 폐기 (a finished result is no longer wanted)",
                extra=fields(request_id=request_id),
            )
            return None

    def _new_claim(self, offers: Offers) -> Claim | None:
        asked_at = time.monotonic()
        body = self._body(uuid4(), offers, wait_seconds=LONG_POLL_SECONDS)
        claim = self._answered_claim(body)
        if claim is None and time.monotonic() - asked_at < _AT_ONCE_SECONDS:
            self._shutdown.waiting.pause(self._poll_interval_seconds)
        return claim

    def _body(
        self,
        claim_id: UUID,
        offers: Offers,
        *,
        wait_seconds: float = 0.0,
        resume: UUID | None = None,
    ) -> ClaimBody:
        return ClaimBody(
            claim_id=claim_id,
            worker=self._described(offers),
            models=offers.models,
            quarantined=offers.quarantined,
            wait_seconds=wait_seconds,
            resume=resume,
        )

    def _described(self, offers: Offers) -> WorkerDescription:
        memory = {"memory_bytes": offers.device_memory_bytes}
        devices = tuple(each.model_copy(update=memory) for each in self._worker.devices)
        return self._worker.model_copy(update={"devices": devices})

    def _answered_claim(self, body: ClaimBody) -> Claim | None:
        """One claim, asked with the same `claim_id` until it is answered: no lease gets lost."""
        policy = RetryPolicy(
            first_delay_seconds=min(1.0, self._poll_interval_seconds),
            longest_delay_seconds=self._poll_interval_seconds,
        )
        for delay_seconds in policy.delays():
            try:
                return self._claim(body)
            except TokenRefusedError as error:
                _log.error(
                    "❌ Django가 WORKER_TOKEN을 거부함 (the web server refuses this WORKER_TOKEN; "
                    "ask its operator for the right one)",
                    extra=fields(reason=error),
                )
                self._shutdown.waiting.pause(self._poll_interval_seconds)
            except QueueError as error:
                _log.warning(
                    "❌ Django API 연결 실패: %s (the web server cannot be used, trying again)",
                    error,
                    extra=fields(delay_seconds=delay_seconds),
                )
                self._shutdown.waiting.pause(delay_seconds)
        raise RuntimeError("the delays never end")

    def _claim(self, body: ClaimBody) -> Claim | None:
        answer = in_background(lambda: self._queue.claim(body))
        self._shutdown.waiting.wait_or(answer)
        if self._shutdown.is_asked:
            self._give_back_late(answer)
            raise StoppingError
        return answer.result()

    def _give_back_late(self, answer: Future[Claim | None]) -> None:
        """A request that was handed out just now must not wait until its lease has run out."""
        wait([answer], timeout=_LATE_ANSWER_SECONDS)
        if not answer.done() or answer.exception() is not None:
            return
        claim = answer.result()
        if claim is not None:
            give_back(self._queue, claim)
