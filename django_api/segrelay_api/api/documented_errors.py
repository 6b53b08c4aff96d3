"""Which errors each call may answer with, written into the description of the API."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from segrelay_api.api.errors import HTTP_STATUS
from segrelay_contract.error_codes import ERROR_KINDS, ErrorCode
from segrelay_contract.requests import ErrorAnswer

_C = ErrorCode
REF = "#/components/schemas/{model}"

EVERY_CALL = (
    _C.INVALID_REQUEST,
    _C.UNAUTHENTICATED,
    _C.FORBIDDEN,
    _C.FOREIGN_ORIGIN,
    _C.TOO_MANY_ATTEMPTS,
    _C.INTERNAL_ERROR,
)
OF_A_PRESS = (
    _C.UNKNOWN_CALL,  # a series or study whose id holds a slash
    _C.UNKNOWN_SERIES,
    _C.UNSUITABLE_SERIES,
    _C.ORTHANC_UNREACHABLE,
    _C.IDEMPOTENCY_KEY_REUSED,
)

# By route, beside those of every call; `health/` answers everybody and in a form of its own.
OWN: Mapping[str, tuple[ErrorCode, ...]] = {
    "segment_series": OF_A_PRESS,
    "segment_study": (*OF_A_PRESS, _C.UNKNOWN_STUDY, _C.NO_MODEL_FITS),
    "cancel_request": (_C.UNKNOWN_REQUEST, _C.NOT_CANCELABLE),
    "retry_request": (_C.UNKNOWN_REQUEST, _C.NOT_RETRIABLE, _C.ACTIVE_TWIN),
    "pending_requests": (),
    "list_requests": (),
    "show_request": (_C.UNKNOWN_REQUEST,),
    "show_status": (_C.UNKNOWN_REQUEST,),
    "all_events": (),
    "request_events": (_C.UNKNOWN_REQUEST,),
    "claim": (_C.LEASE_LOST,),
    "update_status": (_C.UNKNOWN_REQUEST, _C.LEASE_LOST, _C.ALREADY_CLAIMED),
    "release": (_C.UNKNOWN_REQUEST, _C.LEASE_LOST),
    "complete_request": (_C.UNKNOWN_REQUEST, _C.LEASE_LOST, _C.CANCELLED),
    "orthanc_events": (_C.ORTHANC_UNREACHABLE,),
    "list_workers": (),
    "list_models": (),
    "series_models": (_C.UNKNOWN_CALL, _C.UNKNOWN_SERIES, _C.ORTHANC_UNREACHABLE),
    "study_models": (_C.UNKNOWN_CALL, _C.UNKNOWN_STUDY, _C.ORTHANC_UNREACHABLE),
}


def document_errors(description: dict[str, Any]) -> None:
    """Adds to each operation an answer for each status, with every code and its sentence."""
    form = ErrorAnswer.model_json_schema(ref_template=REF)
    description["components"]["schemas"] |= {**form.pop("$defs"), ErrorAnswer.__name__: form}
    for path in description["paths"].values():
        for operation in path.values():
            route = operation["operationId"]
            if route in OWN:
                operation["responses"] |= _answers((*EVERY_CALL, *OWN[route]))


def _answers(codes: Iterable[ErrorCode]) -> dict[int, Any]:
    by_status: dict[int, list[ErrorCode]] = {}
    for code in codes:
        by_status.setdefault(HTTP_STATUS[code], []).append(code)
    return {status: _answer(same) for status, same in sorted(by_status.items())}


def _answer(codes: list[ErrorCode]) -> dict[str, Any]:
    content = {
        "schema": {"$ref": REF.format(model=ErrorAnswer.__name__)},
        "examples": {code.value: {"value": _example(code)} for code in codes},
    }
    return {
        "description": ", ".join(f"`{code.value}`" for code in codes),
        "content": {"application/json": content},
    }


def _example(code: ErrorCode) -> dict[str, Any]:
    """With the sentence as it stands before its parameters are filled in."""
    answer = ErrorAnswer(code=code, error=ERROR_KINDS[code].sentence)
    return answer.model_dump(mode="json", exclude_none=True)
