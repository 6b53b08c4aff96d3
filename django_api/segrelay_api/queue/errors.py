"""What the queue refuses.

QueueError
├── UnknownRequestError        no request has this number
├── LeaseLostError             the caller's token is not the one of the current attempt
├── AlreadyClaimedError        another worker was first (old protocol)
├── RequestCancelledError      somebody cancelled it, so no result is taken
├── NotCancelableError         it has ended
├── NotRetriableError          it has not failed
├── ActiveTwinError            another request does the same work
├── IdempotencyKeyReusedError  the key stands for another press
└── IllegalTransitionError     a caller's check was forgotten: the table forbids this step
"""

from __future__ import annotations

from uuid import UUID


class QueueError(Exception):
    """Base of all."""


class UnknownRequestError(QueueError):
    """No request has this number."""


class LeaseLostError(QueueError):
    """The caller's token is not the one of the current attempt."""


class AlreadyClaimedError(QueueError):
    """Another worker was first."""


class RequestCancelledError(QueueError):
    """Somebody cancelled it, so no result is taken."""


class NotCancelableError(QueueError):
    """It has ended."""


class NotRetriableError(QueueError):
    """It has not failed."""


class ActiveTwinError(QueueError):
    """Another request does the same work."""

    def __init__(self, request_id: UUID) -> None:
        self.request_id = request_id
        super().__init__(request_id)


class IdempotencyKeyReusedError(QueueError):
    """The key stands for another press."""


class IllegalTransitionError(QueueError):
    """A caller's check was forgotten: the table forbids this step."""

    def __init__(self, status: str, transition: str) -> None:
        super().__init__(f"{transition} from {status}")
