from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Literal
from uuid import UUID

import requests
from pydantic import AliasChoices, BaseModel, Field, ValidationError

from segrelay_contract.error_codes import ErrorCode
from segrelay_worker.errors import PermanentError
from segrelay_worker.transfer.error_answers import error_answer
from segrelay_worker.transfer.orthanc_client import OrthancClient, unreachable

SureSeconds = Callable[[], float]  # of the lease; raises if there are none

# What the plugin says of a result, or of a request whose series was deleted meanwhile.
_REFUSALS = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY})
_CODES = {
    ErrorCode.RESULT_REFUSED.value: ErrorCode.RESULT_REFUSED,
    ErrorCode.UNKNOWN_SERIES.value: ErrorCode.SERIES_GONE,
}


@dataclass(frozen=True)
class StoredInstance:
    """Where Orthanc put an object; the same for one that it already had."""

    orthanc_id: str
    orthanc_series_id: str


class _Answer(BaseModel):
    """Of the plugin, or of Orthanc itself."""

    orthanc_id: str = Field(validation_alias=AliasChoices("orthanc_id", "ID"))
    orthanc_series_id: str = Field(
        validation_alias=AliasChoices("orthanc_series_id", "ParentSeries")
    )
    status: Literal["Success", "AlreadyStored"] = Field(
        validation_alias=AliasChoices("status", "Status")
    )


def upload_result(
    *, orthanc: OrthancClient, request_id: UUID, file: Path, sure_seconds: SureSeconds
) -> StoredInstance:
    """Store one DICOM file, unless it cannot begin within `sure_seconds`.

    Raises TransientError if Orthanc does not answer as it should, PermanentError result_refused if
    the plugin finds that it is no result of this request, stored_object_differs if Orthanc holds
    other pixels under the same identity: it keeps the first.
    """
    content = file.read_bytes()
    response = _posted(orthanc, request_id, content, sure_seconds)
    try:
        answer = _Answer.model_validate_json(response.content)
    except ValidationError as error:
        raise unreachable("Orthanc did not say where it stored the result") from error
    if answer.status == "AlreadyStored":
        _require_same(orthanc, answer.orthanc_id, content)
    return StoredInstance(answer.orthanc_id, answer.orthanc_series_id)


def _posted(
    orthanc: OrthancClient, request_id: UUID, content: bytes, sure_seconds: SureSeconds
) -> requests.Response:
    """To the plugin, which checks what a ticket allows; without either to Orthanc itself."""
    if orthanc.has_ticket:
        route = f"/segrelay/requests/{request_id}/results"
        response = orthanc.post_dicom(
            route, content, within_seconds=sure_seconds(), readable=_REFUSALS
        )
        if response.status_code not in _REFUSALS:
            return response
        _raise_unless_no_plugin(response)
    return orthanc.post_dicom("/instances", content, within_seconds=sure_seconds())


def _raise_unless_no_plugin(response: requests.Response) -> None:
    """A 404 that is not in our form comes from an Orthanc that knows no such route."""
    answer = error_answer(response)
    if answer is None and response.status_code == HTTPStatus.NOT_FOUND:
        return
    if answer is not None and answer.code in _CODES:
        raise PermanentError(_CODES[answer.code], detail=answer.error)
    raise PermanentError(ErrorCode.ARCHIVE_REFUSED, {"http_status": response.status_code})


def _require_same(orthanc: OrthancClient, orthanc_id: str, content: bytes) -> None:
    """Two devices may round differently at the threshold; a report must be of what is stored."""
    # Rarely needed, and the supervisor is to start without what it loads.
    from segrelay_worker.transfer.same_pixels import same_pixels  # noqa: PLC0415

    try:
        stored = orthanc.get(f"/instances/{orthanc_id}/file").content
    except PermanentError as error:
        if error.code is not ErrorCode.SERIES_GONE:
            raise
        raise unreachable("the object that was stored already is gone again") from error
    if stored != content and not same_pixels(stored, content):
        raise PermanentError(ErrorCode.STORED_OBJECT_DIFFERS)
