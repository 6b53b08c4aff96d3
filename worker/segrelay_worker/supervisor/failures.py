from __future__ import annotations

from segrelay_contract.error_codes import ErrorCode
from segrelay_contract.results import FailureBody
from segrelay_worker.errors import TransientError, WorkerError
from segrelay_worker.transfer.errors import QueueRefusedError

_LONGEST_DETAIL = 4000  # as the contract allows


def failure_body(lease_token: str, error: WorkerError) -> FailureBody:
    """What the queue is told about a failed request."""
    return FailureBody(
        success=False,
        lease_token=lease_token,
        error_code=error.code,
        error_parameters=error.parameters,
        error=error.detail[:_LONGEST_DETAIL],
        retryable=isinstance(error, TransientError),
    )


def queue_refused(error: QueueRefusedError) -> WorkerError:
    """The queue does not take the result: most likely worker and web host differ in version."""
    return TransientError(ErrorCode.INTERNAL_ERROR, detail=f"the queue refused the result: {error}")
