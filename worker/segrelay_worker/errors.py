"""Everything that the worker raises on purpose.

WorkerError
├── PermanentError    this input will never work; the request fails
├── TransientError    trying again may help; the queue hands the request out again
└── BlockedError      any request would fail here now; it goes back unharmed, the worker pauses
LeaseLostError        the request belongs to somebody else now; stop and store nothing
CancelledError        somebody cancelled the request; stop and store nothing
"""

from __future__ import annotations

from segrelay_contract.error_codes import ErrorCode, Parameters, english_sentence


class WorkerError(Exception):
    """Base of all; carries the code, what fills its sentence, and a detail for the operator."""

    def __init__(
        self, code: ErrorCode, parameters: Parameters | None = None, *, detail: str = ""
    ) -> None:
        self.code = code
        self.parameters = dict(parameters or {})
        self.detail = detail
        super().__init__(code, self.parameters, detail)

    def __str__(self) -> str:
        """The English sentence, then the detail."""
        sentence = english_sentence(self.code, self.parameters)
        return f"{sentence} ({self.detail})" if self.detail else sentence


class PermanentError(WorkerError):
    """This input will never work."""


class TransientError(WorkerError):
    """Trying again may help."""


class BlockedError(WorkerError):
    """The archive or this machine is at fault, not the request."""


class LeaseLostError(Exception):
    """The request belongs to somebody else now."""


class CancelledError(Exception):
    """Somebody cancelled the request."""
