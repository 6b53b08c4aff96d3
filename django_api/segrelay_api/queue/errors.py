"""What the queue refuses.

QueueError
├── UnknownRequestError   no request has this number
└── LeaseLostError        the caller's token is not the one of the current attempt
"""

from __future__ import annotations


class QueueError(Exception):
    """Base of all."""


class UnknownRequestError(QueueError):
    """No request has this number."""


class LeaseLostError(QueueError):
    """The caller's token is not the one of the current attempt."""
