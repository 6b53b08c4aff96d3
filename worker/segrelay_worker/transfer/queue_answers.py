from __future__ import annotations

from http import HTTPStatus

import requests

from segrelay_contract.error_codes import ErrorCode
from segrelay_worker.errors import CancelledError, LeaseLostError
from segrelay_worker.transfer.error_answers import error_answer
from segrelay_worker.transfer.errors import (
    QueueRefusedError,
    QueueUnreachableError,
    TokenRefusedError,
)

_REDIRECTIONS = range(300, 400)


def raise_unless_accepted(response: requests.Response) -> None:
    """Turn an answer that is no success into the error it stands for.

    Raises LeaseLostError, CancelledError, TokenRefusedError, QueueRefusedError, or
    QueueUnreachableError for everything that a Segrelay queue would not say for good.
    """
    status = response.status_code
    if status in {HTTPStatus.OK, HTTPStatus.NO_CONTENT}:
        return
    if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        raise TokenRefusedError(f"HTTP status {status}")
    answer = error_answer(response)
    if status == HTTPStatus.CONFLICT and answer is not None:
        raise CancelledError if answer.code == ErrorCode.CANCELLED else LeaseLostError
    if answer is not None and answer.code == ErrorCode.UNKNOWN_REQUEST:
        raise LeaseLostError
    if status == HTTPStatus.BAD_REQUEST and answer is not None:
        raise QueueRefusedError(answer.error)
    raise QueueUnreachableError(_strange_answer(status))


def _strange_answer(status: int) -> str:
    if status == HTTPStatus.NOT_FOUND or status in _REDIRECTIONS:
        return f"HTTP status {status}; check DJANGO_API_URL"
    return f"HTTP status {status}"
