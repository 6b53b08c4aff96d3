# SPDX-License-Identifier: AGPL-3.0-or-later
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, fields


def _new_id() -> str:
    return str(uuid.uuid4())


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesStable:
    """A candidate stopped growing: everything that Django needs to judge and list it.

    Or it is none any more: images came that no rule wants in it.
    """

    series_id: str
    series_instance_uid: str
    study_id: str
    study_instance_uid: str
    role: str | None
    candidate_models: tuple[str, ...]
    request_now: bool
    request_for: str
    priority: str
    again_when_grown: bool
    headers: tuple[Mapping[str, str], ...]
    candidate: bool = True
    event_id: str = field(default_factory=_new_id)
    event: str = "series_stable"


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesDeleted:
    """A series left the archive; of which modality Orthanc no longer says."""

    series_id: str
    event_id: str = field(default_factory=_new_id)
    event: str = "series_deleted"


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultStored:
    """An object of a request's result is in the archive, newly or already."""

    series_id: str  # of the reference among the sources
    request_id: str
    attempt: int
    kind: str
    sop_class_uid: str
    sop_instance_uid: str
    series_instance_uid: str
    orthanc_id: str
    orthanc_series_id: str
    result: Mapping[str, object] | None  # as the report carries it
    event_id: str = field(default_factory=_new_id)
    event: str = "result_stored"


Event = SeriesStable | SeriesDeleted | ResultStored


def as_payload(event: Event) -> dict[str, object]:
    """The event as it travels to Django.

    The values themselves: `asdict` copies each header's, for longer than it takes to judge them.
    """
    return {one.name: getattr(event, one.name) for one in fields(event)}
