"""The headers of a series, in as few steps as this Orthanc allows without a wrong value."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from urllib.parse import quote

from segrelay_api.archive.errors import UnknownSeriesError
from segrelay_api.archive.orthanc_client import Json, OrthancClient
from segrelay_contract.series_rules.frames import Tags
from segrelay_contract.series_rules.headers import HEADER_TAGS

CLASSIC_MR_IMAGE = "1.2.840.10008.5.1.4.1.1.4"  # DICOM PS3.4 Table B.5-1: one image, no frames

# Orthanc keeps one of each for a series. The worker, which reads all files, sees any other.
OF_THE_SERIES = ("StudyInstanceUID", "SeriesInstanceUID", "Modality")


async def read_headers(orthanc: OrthancClient, series_id: str) -> list[Tags]:
    """Of each instance: keyword to text, of single images at least HEADER_KEYWORDS.

    From 1.12.5 on, Orthanc finds these in one step; for whole headers it then searches its index
    several times for each image on SQLite, for longer the more images it holds.
    Raises UnknownSeriesError or OrthancUnreachableError.
    """
    path = f"/series/{quote(series_id, safe='')}"
    system = await orthanc.json("/system")
    if system.get("Capabilities", {}).get("HasExtendedFind", False):
        with suppress(UnknownSeriesError):  # perhaps only one of its images is gone
            if headers := await _found_headers(orthanc, path, system["MainDicomTags"]):
                return headers
    whole = await orthanc.json(f"{path}/instances-tags?simplify")
    return list(whole.values())


async def _found_headers(
    orthanc: OrthancClient, path: str, kept: Mapping[str, str]
) -> list[Tags] | None:
    """None where only the files can tell.

    What the index keeps of a parent is not asked for: it would be that of the first image.
    """
    parents = _tags(kept, "Patient") | _tags(kept, "Study") | _tags(kept, "Series")
    instances = _tags(kept, "Instance")
    asked = [keyword for keyword, tag in HEADER_TAGS.items() if tag not in parents]
    in_files = {word for word in asked if HEADER_TAGS[word] not in instances}
    in_index = HEADER_TAGS.keys() - {*asked, *OF_THE_SERIES}
    found = await orthanc.json(f"{path}/instances?expand&requested-tags={';'.join(asked)}")
    if not found or not all(_is_sure(one, in_files, in_index) for one in found):
        return None
    first = await orthanc.json(f"/instances/{found[0]['ID']}/tags?simplify")
    shared = {keyword: first[keyword] for keyword in OF_THE_SERIES if keyword in first}
    return [{**one["MainDicomTags"], **one["RequestedTags"], **shared} for one in found]


def _is_sure(one: Json, in_files: set[str], in_index: set[str]) -> bool:
    """Whether each value was looked up, and for this very instance."""
    found, kept = one["RequestedTags"], one["MainDicomTags"]
    return (
        found.get("SOPClassUID") == CLASSIC_MR_IMAGE
        and found.keys() >= in_files
        and all(kept.get(keyword) is not None for keyword in in_index)
    )


def _tags(kept: Mapping[str, str], level: str) -> frozenset[str]:
    return frozenset(kept[level].split(";"))
