from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, Field, ValidationError

from segrelay_contract.error_codes import ErrorCode
from segrelay_worker.errors import PermanentError
from segrelay_worker.transfer.orthanc_client import OrthancClient, unreachable


@dataclass(frozen=True)
class StoredInstance:
    """Where Orthanc put an object; the same for one that it already had."""

    orthanc_id: str
    orthanc_series_id: str


class _Answer(BaseModel):
    orthanc_id: str = Field(alias="ID")
    orthanc_series_id: str = Field(alias="ParentSeries")
    status: Literal["Success", "AlreadyStored"] = Field(alias="Status")


def upload_instance(*, orthanc: OrthancClient, file: Path, within_seconds: float) -> StoredInstance:
    """Store one DICOM file, unless it cannot begin within so many seconds.

    Raises TransientError if Orthanc does not answer as it should, PermanentError
    stored_object_differs if it holds other pixels under the same identity: it keeps the first.
    """
    content = file.read_bytes()
    response = orthanc.post_dicom("/instances", content, within_seconds=within_seconds)
    try:
        answer = _Answer.model_validate_json(response.content)
    except ValidationError as error:
        raise unreachable("Orthanc did not say where it stored the result") from error
    if answer.status == "AlreadyStored":
        _require_same(orthanc, answer.orthanc_id, content)
    return StoredInstance(answer.orthanc_id, answer.orthanc_series_id)


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
