# SPDX-License-Identifier: AGPL-3.0-or-later
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress

from segrelay_plugin.archive import Archive, FoundInstance
from segrelay_plugin.errors import UnknownSeriesError
from segrelay_plugin.headers import HEADER_TAGS, MR_IMAGE, by_number

Tags = Mapping[str, object]

# Orthanc keeps one of each for a series. The worker, which reads all files, sees any other.
OF_THE_SERIES = ("StudyInstanceUID", "SeriesInstanceUID", "Modality")


def read_headers(archive: Archive, series_id: str) -> list[Tags]:
    """The header of each instance: DICOM keyword to text.

    Whole are those of the first image, which rules look at, and of what is no single MR image; of
    the others HEADER_KEYWORDS are enough. Orthanc 1.12.5 and later on SQLite search their index
    several times for a whole header, for longer the more images they hold.
    """
    if not archive.finds_tags:
        return archive.instance_tags(series_id)
    try:
        found = _found_headers(archive, series_id)
    except UnknownSeriesError:  # perhaps only one of its images is gone
        return archive.instance_tags(series_id)
    images = {instance_id: tags for instance_id, tags in found.items() if tags is not None}
    others = [instance_id for instance_id, tags in found.items() if tags is None]
    headers = [*_with_first_whole(archive, images), *archive.headers(others)]
    if not headers:
        raise UnknownSeriesError(series_id)
    return headers


def _found_headers(archive: Archive, series_id: str) -> dict[str, Tags | None]:
    """By instance; None where only the file can tell.

    What the index keeps of a parent is not asked for: it would be that of the first image.
    """
    asked = [keyword for keyword, tag in HEADER_TAGS.items() if tag not in archive.tags_of_parents]
    in_files = [
        keyword for keyword in asked if HEADER_TAGS[keyword] not in archive.tags_of_instances
    ]
    in_index = HEADER_TAGS.keys() - {*asked, *OF_THE_SERIES}
    found = archive.find_tags(series_id, asked)
    return {
        one.instance_id: _header(one) if _is_sure(one, in_files, in_index) else None
        for one in found
    }


def _is_sure(one: FoundInstance, in_files: Sequence[str], in_index: Iterable[str]) -> bool:
    """Whether each value was looked up, and for this very instance."""
    return (
        one.found.get("SOPClassUID") == MR_IMAGE
        and all(keyword in one.found for keyword in in_files)
        and all(one.kept.get(keyword) is not None for keyword in in_index)
    )


def _header(one: FoundInstance) -> Tags:
    tags = {**one.kept, **one.found}
    return {keyword: tags[keyword] for keyword in HEADER_TAGS if tags.get(keyword) is not None}


def _with_first_whole(archive: Archive, images: Mapping[str, Tags]) -> list[Tags]:
    """By number; the first that is still there tells of the others what is the series'."""
    in_order = sorted(images, key=lambda instance_id: by_number(images[instance_id]))
    for place, instance_id in enumerate(in_order, start=1):
        with suppress(UnknownSeriesError):
            first = archive.header(instance_id)
            shared = {keyword: first[keyword] for keyword in OF_THE_SERIES if keyword in first}
            return [first, *({**images[other], **shared} for other in in_order[place:])]
    return []
