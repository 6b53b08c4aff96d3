"""What the Orthanc plugin lists of the series that it has tagged."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from segrelay_contract.payload import OrthancId, Payload


class Candidate(Payload):
    """A tagged series, with the header rows of its images."""

    series_id: OrthancId
    series_instance_uid: str
    study_id: OrthancId
    study_instance_uid: str
    role: Annotated[str, Field(max_length=64)] | None
    candidate_models: tuple[str, ...]
    tagged_at: datetime
    headers: tuple[dict[str, str], ...]


class CandidatePage(Payload):
    """Those among some series of the archive; `next` is null after the last ones."""

    candidates: tuple[Candidate, ...]
    next: int | None
