from __future__ import annotations

import logging
from typing import Protocol
from uuid import UUID

from segrelay_contract.error_codes import ErrorCode, english_sentence
from segrelay_contract.results import FailureBody, SuccessBody
from segrelay_contract.status import Stage
from segrelay_worker.errors import BlockedError, CancelledError, LeaseLostError, WorkerError
from segrelay_worker.logs import fields
from segrelay_worker.supervisor.abort import Abort
from segrelay_worker.supervisor.engine import Report
from segrelay_worker.supervisor.errors import StoppingError
from segrelay_worker.supervisor.failures import failure_body, queue_refused
from segrelay_worker.supervisor.kept_results import KeptResults
from segrelay_worker.supervisor.lease_keeper import LeaseKeeper, RenewingQueue, SecondsLeft
from segrelay_worker.supervisor.patience import Patience
from segrelay_worker.supervisor.releasing import ReleasingQueue, give_back
from segrelay_worker.supervisor.shutdown import Shutdown
from segrelay_worker.transfer.errors import (
    QueueError,
    QueueRefusedError,
    QueueUnreachableError,
    TokenRefusedError,
)
from segrelay_worker.transfer.queue_client import Claim
from segrelay_worker.transfer.retrying import retry
from segrelay_worker.unforeseen import unforeseen

_log = logging.getLogger(__name__)

_WORTH_FINISHING = frozenset({Stage.ENCODING, Stage.UPLOADING})
Body = SuccessBody | FailureBody


class HandlersQueue(RenewingQueue, ReleasingQueue, Protocol):
    """What handling a request needs of the queue."""

    def complete(self, request_id: UUID, body: Body) -> None:
        """Report the end."""


class Work(Protocol):
    """The pipeline, as far as it matters here."""

    def __call__(
        self, claim: Claim, *, report: Report, abort: Abort, seconds_left: SecondsLeft
    ) -> SuccessBody:
        """Do the work of one request."""


class RequestHandler:
    """Takes one claimed request to an end that the queue knows of."""

    def __init__(
        self,
        *,
        queue: HandlersQueue,
        work: Work,
        results: KeptResults,
        shutdown: Shutdown,
        patience: Patience,
    ) -> None:
        self._queue = queue
        self._work = work
        self._results = results
        self._shutdown = shutdown
        self._patience = patience

    def handle(self, claim: Claim) -> BlockedError | None:
        """Work, then complete, release or drop the request; no error leaves.

        Gives what stood in the way if the next request would meet it too.
        """
        request_id = claim.request.request_id
        shown = {"request_id": request_id, "attempt": claim.lease.attempt}
        series_id = claim.request.series_id
        _log.info("요청 처리 시작 (request started)", extra=fields(**shown, series_id=series_id))
        abort = Abort()
        try:
            with self._shutdown.holding(abort), self._results.delivering(claim):
                self._finish(claim, abort)
        except LeaseLostError:
            _log.warning(
                "요청 처리 중단: 임대 상실 (request dropped: lease lost)", extra=fields(**shown)
            )
        except CancelledError:
            _log.info("요청 처리 중단: 취소됨 (request dropped: cancelled)", extra=fields(**shown))
        except StoppingError:
            give_back(self._queue, claim)
        except BlockedError as error:
            give_back(self._queue, claim)
            return error
        except QueueError as error:
            _log.error(
                "요청 처리 결과를 알리지 못함 (the end of the request could not be reported)",
                extra=fields(**shown, reason=error),
            )
        return None

    def _finish(self, claim: Claim, abort: Abort) -> None:
        with LeaseKeeper(queue=self._queue, claim=claim, abort=abort) as keeper:
            body = self._body(claim, keeper, abort)
            try:
                self._complete(claim, body, abort)
            except QueueRefusedError as error:
                body = failure_body(claim.lease.token, queue_refused(error))
                self._complete(claim, body, abort)
        _log_end(claim, body)

    def _body(self, claim: Claim, keeper: LeaseKeeper, abort: Abort) -> Body:
        def report(stage: Stage, progress: float) -> None:
            if stage in _WORTH_FINISHING:
                abort.finish_if_stopped()
            keeper.report(stage, progress)

        try:
            return self._work(claim, report=report, abort=abort, seconds_left=keeper.seconds_left)
        except BlockedError as error:
            if error.code is ErrorCode.TICKET_REFUSED:
                # The archive may know earlier than we do that the lease is over: nobody's fault.
                keeper.renew()
                abort.raise_if_set()
            raise
        except (LeaseLostError, CancelledError, StoppingError):
            raise
        except WorkerError as error:
            return failure_body(claim.lease.token, error)
        except Exception as error:
            cause = unforeseen(error)
            if isinstance(cause, BlockedError):
                raise cause from error
            return failure_body(claim.lease.token, cause)

    def _complete(self, claim: Claim, body: Body, abort: Abort) -> None:
        retry(
            lambda: self._queue.complete(claim.request.request_id, body),
            what="요청 완료 보고 (report of the end)",
            on=(QueueUnreachableError, TokenRefusedError),
            policy=self._patience.complete,
            pause=abort.pause,
        )


def _log_end(claim: Claim, body: Body) -> None:
    request_id = claim.request.request_id
    if isinstance(body, SuccessBody):
        _log.info(
            "요청 처리 완료 (request completed)",
            extra=fields(
                request_id=request_id,
                outcome=body.result.outcome,
                way=body.result.way,
                **body.result.seconds.model_dump(),
            ),
        )
    else:
        _log.error(
            "요청 처리 실패 (request failed)",
            extra=fields(
                request_id=request_id,
                code=body.error_code,
                error=english_sentence(body.error_code, body.error_parameters),
                detail=body.error or None,
                retryable=body.retryable,
            ),
        )
