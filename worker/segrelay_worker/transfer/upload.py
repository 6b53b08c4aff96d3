from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, Field, ValidationError

from segrelay_worker.transfer.orthanc_client import OrthancClient, unreachable


@dataclass(frozen=True)
class StoredInstance:
    """Where Orthanc put an object; the same for one that it already had."""

    orthanc_id: str
    orthanc_series_id: str


class _Answer(BaseModel):
    orthanc_id: str = Field(alias="ID")
    orthanc_series_id: str = Field(alias="ParentSeries")
    status: str = Field(alias="Status", pattern="^(Success|AlreadyStored)$")


def upload_instance(*, orthanc: OrthancClient, file: Path, within_seconds: float) -> StoredInstance:
    """Store one DICOM file, unless it cannot begin within so many seconds.

    Raises TransientError if Orthanc does not answer as it should.
    """
    response = orthanc.post_dicom("/instances", file.read_bytes(), within_seconds=within_seconds)
    try:
        answer = _Answer.model_validate_json(response.content)
    except ValidationError as error:
        raise unreachable("Orthanc did not say where it stored the result") from error
    return StoredInstance(answer.orthanc_id, answer.orthanc_series_id)
