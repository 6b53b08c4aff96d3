# SPDX-License-Identifier: AGPL-3.0-or-later
import json
from collections.abc import Mapping

from segrelay_plugin.archive import Archive
from segrelay_plugin.errors import UnknownSeriesError
from segrelay_plugin.tags import RESULTS, SUPERSEDED_BY

Metadata = Mapping[str, str]


def result_views(archive: Archive, metadata: Metadata) -> list[Mapping[str, object]]:
    """The results of a series that are still in the archive, from the series' own metadata."""
    views: list[Mapping[str, object]] = []
    for entry in entries_in(metadata.get(RESULTS, "")):
        of_result = _metadata_or_none(archive, entry["series_id"])
        if of_result is not None:
            superseded_by = _if_stored(archive, of_result.get(SUPERSEDED_BY))
            views.append({**entry, "superseded_by": superseded_by})
    return views


def entries_in(text: str) -> list[dict[str, str]]:
    """What can be read of the metadata, which other programs may have overwritten."""
    try:
        document = json.loads(text) if text else []
    except ValueError:
        return []
    keys = ("series_id", "kind", "request_id")
    entries = document if isinstance(document, list) else []
    return [
        {key: str(entry[key]) for key in keys}
        for entry in entries
        if isinstance(entry, dict) and all(key in entry for key in keys)
    ]


def _if_stored(archive: Archive, series_id: str | None) -> str | None:
    stored = series_id is not None and _metadata_or_none(archive, series_id) is not None
    return series_id if stored else None


def _metadata_or_none(archive: Archive, series_id: str) -> Metadata | None:
    try:
        return archive.metadata(series_id)
    except UnknownSeriesError:
        return None
