# SPDX-License-Identifier: AGPL-3.0-or-later
from collections.abc import Mapping, Sequence
from contextlib import suppress

from segrelay_plugin.archive import Archive, FoundInstance
from segrelay_plugin.errors import UnknownSeriesError
from segrelay_plugin.headers import HEADER_KEYWORDS, HEADER_TAGS, MR_IMAGE, by_number

Tags = Mapping[str, object]

# The same for all images of a series; if one has another modality, its SOP class is another too.
OF_THE_SERIES = frozenset({"StudyInstanceUID", "SeriesInstanceUID", "Modality"})


def read_headers(archive: Archive, series_id: str) -> list[Tags]:
    """The header of each instance: DICOM keyword to text.

    Whole are those of the first image, which rules look at, and of what is no single MR image; of
    the others HEADER_KEYWORDS are enough. Orthanc 1.12.5 and later on SQLite search their index
    several times for a whole header, for longer the more images they hold.
    """
    if not archive.finds_tags:
        return archive.instance_tags(series_id)
    sure = _sure_headers(archive, series_id)
    known = {instance_id: tags for instance_id, tags in sure.items() if tags is not None}
    first = min(known, key=lambda instance_id: by_number(known[instance_id]), default=None)
    headers: list[Tags] = []
    for instance_id, tags in sure.items():
        if tags is not None and instance_id != first:
            headers.append(tags)
            continue
        with suppress(UnknownSeriesError):
            headers.append(archive.header(instance_id))
    if not headers:
        raise UnknownSeriesError(series_id)
    return headers


def _sure_headers(archive: Archive, series_id: str) -> dict[str, Tags | None]:
    """By instance; None where only the file can tell."""
    shadowed = [
        keyword
        for keyword, tag in HEADER_TAGS.items()
        if tag in archive.tags_of_parents and keyword not in OF_THE_SERIES
    ]
    found = archive.find_tags(series_id, HEADER_KEYWORDS)
    return {one.instance_id: _sure_header(one, shadowed) for one in found}


def _sure_header(one: FoundInstance, shadowed: Sequence[str]) -> Tags | None:
    """What a parent's value may stand for is taken from the instance's own index, or not at all."""
    if one.found.get("SOPClassUID") != MR_IMAGE:
        return None
    if any(keyword not in one.of_its_own for keyword in shadowed):
        return None
    return {**one.found, **{keyword: one.of_its_own[keyword] for keyword in shadowed}}
