"""What the Orthanc plugin tells the queue."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from segrelay_contract.leases import Uid
from segrelay_contract.payload import OrthancId, Payload
from segrelay_contract.requests import Priority
from segrelay_contract.results import ReportedResult


class SeriesStable(Payload):
    """A series has arrived whole, as far as Orthanc can tell, and is a candidate.

    Or it was one, and is none any more since more images came (`candidate` is false).
    """

    event: Literal["series_stable"]
    event_id: UUID
    series_id: OrthancId
    series_instance_uid: str
    study_id: OrthancId
    study_instance_uid: str
    role: Annotated[str, Field(max_length=64)] | None
    candidate_models: tuple[str, ...]
    request_now: bool
    request_for: Literal["series", "study"] = "series"  # study: once all roles of a model are there
    priority: Priority = Priority.ROUTINE
    again_when_grown: bool = False
    candidate: bool = True
    headers: tuple[dict[str, str], ...]


class SeriesDeleted(Payload):
    """A series, maybe a result, is no longer in Orthanc."""

    event: Literal["series_deleted"]
    event_id: UUID
    series_id: OrthancId


class ResultStored(Payload):
    """An object of a request's result is in Orthanc, newly or already; the report comes last."""

    event: Literal["result_stored"]
    event_id: UUID
    series_id: OrthancId  # of the reference among the sources
    request_id: UUID
    attempt: Annotated[int, Field(ge=1)]
    kind: Literal["SEG", "SC", "SR"]
    sop_class_uid: Uid
    sop_instance_uid: Uid
    series_instance_uid: Uid
    orthanc_id: OrthancId
    orthanc_series_id: OrthancId
    result: ReportedResult | None = None  # what a report carries; other objects carry none


OrthancEvent = Annotated[SeriesStable | SeriesDeleted | ResultStored, Field(discriminator="event")]


class OrthancEventAnswer(Payload):
    """The event is taken; the plugin need not send it again."""

    success: Literal[True] = True
