from __future__ import annotations

import logging
import time
from typing import Protocol
from uuid import UUID

from segrelay_worker.errors import CancelledError, LeaseLostError
from segrelay_worker.logs import fields
from segrelay_worker.transfer.errors import QueueError, QueueUnreachableError
from segrelay_worker.transfer.queue_client import Claim
from segrelay_worker.transfer.retrying import RetryPolicy, retry

_log = logging.getLogger(__name__)

_PATIENCE = RetryPolicy(0.5, 2.0, give_up_after_seconds=10.0)  # the lease would expire anyway


class ReleasingQueue(Protocol):
    """What giving back needs of the queue."""

    def release(self, request_id: UUID, lease_token: str) -> None:
        """Give a request back unharmed."""


def give_back(queue: ReleasingQueue, claim: Claim) -> None:
    """Release a request that this worker cannot finish; if that fails, its lease runs out."""
    shown = fields(request_id=claim.request.request_id, attempt=claim.lease.attempt)
    try:
        retry(
            lambda: queue.release(claim.request.request_id, claim.lease.token),
            what="요청 반납 (release of the request)",
            on=(QueueUnreachableError,),
            policy=_PATIENCE,
            pause=time.sleep,
        )
    except (LeaseLostError, CancelledError, QueueError):
        _log.warning("요청 반납 실패 (request not released; its lease will expire)", extra=shown)
    else:
        _log.info("요청 반납 완료 (request released)", extra=shown)
