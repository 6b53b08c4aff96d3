"""What the supervisor raises on purpose, besides the worker's own errors.

SupervisorError
├── StoppingError    the operator ends this worker; the request goes back unharmed
└── SpoolError       there is no place for files; the worker cannot start
"""

from __future__ import annotations


class SupervisorError(Exception):
    """Base of all."""


class StoppingError(SupervisorError):
    """The operator ends this worker."""


class SpoolError(SupervisorError):
    """SPOOL_DIR cannot be used; the message is a sentence for the operator."""
