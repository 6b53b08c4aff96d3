"""The headers of a series, in as few steps as this Orthanc allows without a wrong value."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from urllib.parse import quote

from segrelay_api.archive.orthanc_client import Json, OrthancClient
from segrelay_contract.series_rules.frames import Tags
from segrelay_contract.series_rules.headers import HEADER_KEYWORDS, HEADER_TAGS

CLASSIC_MR_IMAGE = "1.2.840.10008.5.1.4.1.1.4"  # DICOM PS3.4 Table B.5-1: one image, no frames

# The same for all images of a series; if one has another modality, its SOP class is another too.
OF_THE_SERIES = frozenset({"StudyInstanceUID", "SeriesInstanceUID", "Modality"})


async def read_headers(orthanc: OrthancClient, series_id: str) -> list[Tags]:
    """Of each instance: keyword to text, of single images at least HEADER_KEYWORDS.

    From 1.12.5 on, Orthanc finds these in one step; for whole headers it then searches its index
    several times for each image on SQLite, for longer the more images it holds.
    Raises UnknownSeriesError or OrthancUnreachableError.
    """
    path = f"/series/{quote(series_id, safe='')}"
    system = await orthanc.json("/system")
    if system.get("Capabilities", {}).get("HasExtendedFind", False):
        shadowed = _shadowed_keywords(system)
        wanted = ";".join(HEADER_KEYWORDS)
        found = await orthanc.json(f"{path}/instances?expand&requestedTags={wanted}")
        headers = [tags for one in found if (tags := _sure_header(one, shadowed)) is not None]
        if len(headers) == len(found):
            return headers
    whole = await orthanc.json(f"{path}/instances-tags?simplify")
    return list(whole.values())


def _shadowed_keywords(system: Json) -> list[str]:
    """Orthanc answers for these what it keeps once for a series, study or patient."""
    kept = system["MainDicomTags"]
    of_parents = {tag for level in ("Patient", "Study", "Series") for tag in kept[level].split(";")}
    return [
        keyword
        for keyword, tag in HEADER_TAGS.items()
        if tag in of_parents and keyword not in OF_THE_SERIES
    ]


def _sure_header(one: Json, shadowed: Collection[str]) -> Tags | None:
    """None where only the file can tell; what is shadowed is taken from the image's own index."""
    found: Mapping[str, object] = one["RequestedTags"]
    of_its_own: Mapping[str, object] = one["MainDicomTags"]
    if found.get("SOPClassUID") != CLASSIC_MR_IMAGE:
        return None
    if any(keyword not in of_its_own for keyword in shadowed):
        return None
    return {**found, **{keyword: of_its_own[keyword] for keyword in shadowed}}
