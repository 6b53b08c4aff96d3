# SPDX-License-Identifier: AGPL-3.0-or-later
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from segrelay_plugin.archive import Archive
from segrelay_plugin.geometry import Geometry, geometry_as_json
from segrelay_plugin.states.labels import CANDIDATE

ROLE = "SegrelayRole"
CANDIDATE_MODELS = "SegrelayCandidateModels"
RULE = "SegrelayRule"
INSTANCE_COUNT = "SegrelayInstanceCount"
TAGGED_AT = "SegrelayTaggedAt"
SUPERSEDED_BY = "SegrelaySupersededBy"  # on an earlier result: the series that took its place
STATE = "SegrelayState"  # how far the requests are, as Django told; JSON
RESULTS = "SegrelayResults"  # on a source: the series of its results; JSON
REQUEST = "SegrelayRequest"  # on a result: the request that it came of
GEOMETRY = "SegrelayGeometry"  # what the headers say of the volume; JSON

# Orthanc keeps metadata by number; orthanc.json registers exactly these under "UserMetadata".
USER_METADATA = {
    ROLE: 5200,
    CANDIDATE_MODELS: 5201,
    RULE: 5202,
    INSTANCE_COUNT: 5203,
    TAGGED_AT: 5204,
    SUPERSEDED_BY: 5205,
    STATE: 5206,
    RESULTS: 5207,
    REQUEST: 5208,
    GEOMETRY: 5209,
}


@dataclass(frozen=True, slots=True)
class SeriesTags:
    """What the plugin wrote on a series."""

    role: str | None
    candidate_models: tuple[str, ...]
    rule: str
    instance_count: int  # at the time of tagging; a series that grew is judged again
    tagged_at: datetime


# What `write_tags` writes. The time comes last, as it stands for the whole, and goes first.
WRITTEN = (ROLE, CANDIDATE_MODELS, RULE, INSTANCE_COUNT, GEOMETRY, TAGGED_AT)


def write_tags(archive: Archive, series_id: str, tags: SeriesTags, geometry: Geometry) -> None:
    """Marks a series in Orthanc."""
    archive.put_metadata(series_id, ROLE, tags.role or "")
    archive.put_metadata(series_id, CANDIDATE_MODELS, " ".join(tags.candidate_models))
    archive.put_metadata(series_id, RULE, tags.rule)
    archive.put_metadata(series_id, INSTANCE_COUNT, str(tags.instance_count))
    archive.put_metadata(series_id, GEOMETRY, geometry_as_json(geometry))
    if archive.has_labels:
        archive.add_label(series_id, CANDIDATE)
    archive.put_metadata(series_id, TAGGED_AT, tags.tagged_at.isoformat(timespec="seconds"))


def remove_tags(archive: Archive, series_id: str) -> None:
    """Unmarks a series."""
    if archive.has_labels and CANDIDATE in archive.labels(series_id):
        archive.remove_label(series_id, CANDIDATE)
    present = archive.metadata(series_id)
    for name in reversed(WRITTEN):
        if name in present:
            archive.remove_metadata(series_id, name)


def is_marked(metadata: Mapping[str, str]) -> bool:
    """Whether a series bears any tag, be it that a crash left only some."""
    return any(name in metadata for name in WRITTEN)


def read_tags(archive: Archive, series_id: str) -> SeriesTags | None:
    """The tags of a series, or None if it has none (or somebody else overwrote them)."""
    return tags_in(archive.metadata(series_id))


def tags_in(metadata: Mapping[str, str]) -> SeriesTags | None:
    """The tags in a series' metadata, or None if there are none."""
    try:
        return SeriesTags(
            role=metadata[ROLE] or None,
            candidate_models=tuple(metadata[CANDIDATE_MODELS].split()),
            rule=metadata[RULE],
            instance_count=int(metadata[INSTANCE_COUNT]),
            tagged_at=datetime.fromisoformat(metadata[TAGGED_AT]),
        )
    except (KeyError, ValueError):
        return None
