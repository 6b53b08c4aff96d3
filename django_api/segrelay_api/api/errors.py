"""Turns what was raised into status, code and sentence."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from segrelay_api.accounts.errors import ForeignOriginError, TooManyAttemptsError
from segrelay_api.archive.errors import (
    NoModelFitsError,
    OrthancUnreachableError,
    UnknownSeriesError,
    UnknownStudyError,
    UnsuitableSeriesError,
    WrongInputsError,
)
from segrelay_api.queue.errors import (
    ActiveTwinError,
    AlreadyClaimedError,
    IdempotencyKeyReusedError,
    LeaseLostError,
    NotCancelableError,
    NotRetriableError,
    RequestCancelledError,
    UnknownRequestError,
)
from segrelay_api.sentences import sentence
from segrelay_contract.error_codes import ErrorCode, Parameters
from segrelay_contract.requests import ErrorAnswer, Problem

log = logging.getLogger(__name__)

HTTP_STATUS: Mapping[ErrorCode, int] = {
    ErrorCode.INVALID_REQUEST: 400,
    ErrorCode.UNAUTHENTICATED: 401,
    ErrorCode.FORBIDDEN: 403,
    ErrorCode.FOREIGN_ORIGIN: 403,
    ErrorCode.UNKNOWN_CALL: 404,
    ErrorCode.UNKNOWN_REQUEST: 404,
    ErrorCode.UNKNOWN_SERIES: 404,
    ErrorCode.UNKNOWN_STUDY: 404,
    ErrorCode.WRONG_METHOD: 405,
    ErrorCode.LEASE_LOST: 409,
    ErrorCode.ALREADY_CLAIMED: 409,
    ErrorCode.CANCELLED: 409,
    ErrorCode.NOT_CANCELABLE: 409,
    ErrorCode.NOT_RETRIABLE: 409,
    ErrorCode.ACTIVE_TWIN: 409,
    ErrorCode.IDEMPOTENCY_KEY_REUSED: 409,
    ErrorCode.NO_MODEL_FITS: 422,
    ErrorCode.UNSUITABLE_SERIES: 422,
    ErrorCode.TOO_MANY_ATTEMPTS: 429,
    ErrorCode.INTERNAL_ERROR: 500,
    ErrorCode.ORTHANC_UNREACHABLE: 503,
}

CODE_OF_ERROR: Mapping[type[Exception], ErrorCode] = {
    AuthenticationError: ErrorCode.UNAUTHENTICATED,
    ForeignOriginError: ErrorCode.FOREIGN_ORIGIN,
    UnknownRequestError: ErrorCode.UNKNOWN_REQUEST,
    UnknownSeriesError: ErrorCode.UNKNOWN_SERIES,
    UnknownStudyError: ErrorCode.UNKNOWN_STUDY,
    NoModelFitsError: ErrorCode.NO_MODEL_FITS,
    LeaseLostError: ErrorCode.LEASE_LOST,
    AlreadyClaimedError: ErrorCode.ALREADY_CLAIMED,
    RequestCancelledError: ErrorCode.CANCELLED,
    NotCancelableError: ErrorCode.NOT_CANCELABLE,
    NotRetriableError: ErrorCode.NOT_RETRIABLE,
    IdempotencyKeyReusedError: ErrorCode.IDEMPOTENCY_KEY_REUSED,
    OrthancUnreachableError: ErrorCode.ORTHANC_UNREACHABLE,
}


Handler = Callable[[HttpRequest, Any], HttpResponse]


class ForbiddenError(Exception):
    """The caller is known but may not do this."""


def error_response(
    code: ErrorCode, parameters: Parameters | None = None, reasons: tuple[Problem, ...] = ()
) -> HttpResponse:
    """The one form that every error has."""
    answer = ErrorAnswer(code=code, error=sentence(code, parameters or {}), reasons=reasons or None)
    return JsonResponse(answer.model_dump(exclude_none=True), status=HTTP_STATUS[code])


def install(api: NinjaAPI) -> None:
    """Registers a handler for everything that endpoints raise."""
    for error_class, code in {**CODE_OF_ERROR, ForbiddenError: ErrorCode.FORBIDDEN}.items():
        api.add_exception_handler(error_class, _plain_handler(code))
    own_handlers: dict[type[Exception], Handler] = {
        UnsuitableSeriesError: _unsuitable,
        ActiveTwinError: _active_twin,
        TooManyAttemptsError: _too_many_attempts,
        WrongInputsError: _malformed,
        ValidationError: _invalid,
        HttpError: _malformed,
        Exception: _internal,
    }
    for error_class, handler in own_handlers.items():
        api.add_exception_handler(error_class, handler)


def _plain_handler(code: ErrorCode) -> Handler:
    def handler(_request: HttpRequest, _error: Exception) -> HttpResponse:
        return error_response(code)

    return handler


def _unsuitable(_request: HttpRequest, error: UnsuitableSeriesError) -> HttpResponse:
    reasons = tuple(
        Problem(code=reason.code, error=sentence(reason.code, reason.parameters))
        for reason in error.reasons
    )
    return error_response(ErrorCode.UNSUITABLE_SERIES, reasons=reasons)


def _active_twin(_request: HttpRequest, error: ActiveTwinError) -> HttpResponse:
    return error_response(ErrorCode.ACTIVE_TWIN, {"request_id": str(error.request_id)})


def _too_many_attempts(_request: HttpRequest, error: TooManyAttemptsError) -> HttpResponse:
    response = error_response(ErrorCode.TOO_MANY_ATTEMPTS, {"seconds": error.wait_seconds})
    response.headers["Retry-After"] = str(error.wait_seconds)  # RFC 6585 4
    return response


def _invalid(_request: HttpRequest, error: ValidationError) -> HttpResponse:
    """Names the fields, never their values: these may be patient data."""
    problems = "; ".join(
        f"{'.'.join(str(part) for part in problem['loc'][1:])}: {problem['msg']}"
        for problem in error.errors
    )
    return error_response(ErrorCode.INVALID_REQUEST, {"problem": problems})


def _malformed(_request: HttpRequest, error: HttpError | WrongInputsError) -> HttpResponse:
    return error_response(ErrorCode.INVALID_REQUEST, {"problem": str(error)})


def _internal(_request: HttpRequest, error: Exception) -> HttpResponse:
    log.error("unexpected error", exc_info=error)
    return error_response(ErrorCode.INTERNAL_ERROR)
