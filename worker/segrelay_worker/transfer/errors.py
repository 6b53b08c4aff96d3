"""What can go wrong between the worker and its queue.

QueueError
├── QueueUnreachableError   transient: no answer, or one that only a broken server gives
├── TokenRefusedError       the operator has to act; trying again slowly is right
└── QueueRefusedError       permanent: this call will never be accepted
(LeaseLostError and CancelledError are the worker's own.)
"""

from __future__ import annotations


class QueueError(Exception):
    """Base of all; the message is a reason in a few words, without token or patient data."""


class QueueUnreachableError(QueueError):
    """The queue does not answer now."""


class TokenRefusedError(QueueError):
    """The queue does not know this worker's token, or does not let it do this."""


class QueueRefusedError(QueueError):
    """The queue understood the call and refused it for good."""
