from __future__ import annotations

from typing import Any

import httpx

from segrelay_api.archive.header_reading import CLASSIC_MR_IMAGE, read_headers
from segrelay_api.archive.orthanc_client import OrthancClient

AXIAL, SAGITTAL = "1\\0\\0\\0\\1\\0", "0\\1\\0\\0\\0\\-1"
SERIES_LEVEL = "0008,0060;0020,0037"  # Modality, Image Orientation (Patient)


def found(number: int, *, orientation: str | None = AXIAL, **tags: str) -> dict[str, Any]:
    """One image as Orthanc finds it, by what it is asked for."""
    own = {"InstanceNumber": str(number)}
    if orientation is not None:
        own["ImageOrientationPatient"] = orientation
    requested = {"SOPInstanceUID": f"1.2.3.{number}", "SOPClassUID": CLASSIC_MR_IMAGE, **tags}
    return {"ID": f"i{number}", "RequestedTags": requested, "MainDicomTags": own}


async def headers_of(
    *images: dict[str, Any],
    kept: str = SERIES_LEVEL,
    finds_tags: bool = True,
    reads_files: bool = True,
) -> list[Any]:
    def answer(request: httpx.Request) -> httpx.Response:
        match request.url.path:
            case "/system":
                levels = {"Patient": "0010,0020", "Study": "0020,000d", "Series": kept}
                levels["Instance"] = "0008,0018;0020,0013;0020,0037"
                capable = {"Capabilities": {"HasExtendedFind": True}, "MainDicomTags": levels}
                return httpx.Response(200, json=capable if finds_tags else {"Version": "1.10.1"})
            case "/series/a-1/instances":
                asked = request.url.params["requested-tags"].split(";") if reads_files else []
                assert "ImageOrientationPatient" not in asked  # would be the first image's
                for one in images:
                    one["RequestedTags"] = dict.fromkeys(asked) | one["RequestedTags"]
                return httpx.Response(200, json=images)
            case "/instances/i1/tags":
                return httpx.Response(200, json={"Modality": "MR", "SeriesInstanceUID": "1.2.3"})
            case "/series/a-1/instances-tags":
                return httpx.Response(200, json={"i1": {"read": "whole"}})
        return httpx.Response(404)

    transport = httpx.MockTransport(answer)
    async with httpx.AsyncClient(transport=transport, base_url="http://orthanc.test") as http:
        return list(await read_headers(OrthancClient(http), "a-1"))


async def test_tags_are_found_without_reading_whole_headers() -> None:
    first, second = await headers_of(found(1, EchoTime="3"), found(2, EchoTime="80"))
    assert (first["EchoTime"], second["EchoTime"]) == ("3", "80")
    assert first["Modality"] == second["Modality"] == "MR"


async def test_what_the_index_keeps_of_the_series_stands_for_no_image() -> None:
    _, turned = await headers_of(found(1), found(2, orientation=SAGITTAL))
    assert turned["ImageOrientationPatient"] == SAGITTAL


async def test_where_only_files_can_tell_whole_headers_are_read() -> None:
    whole = [{"read": "whole"}]
    assert await headers_of(found(1), found(2, orientation=None)) == whole
    assert await headers_of(found(1, SOPClassUID="1.2.840.10008.5.1.4.1.1.4.1")) == whole
    assert await headers_of(found(1), kept=f"{SERIES_LEVEL};0018,0081") == whole
    assert await headers_of(found(1), reads_files=False) == whole
    assert await headers_of(found(2)) == whole  # it is gone by now
    assert await headers_of() == whole
    assert await headers_of(found(1), finds_tags=False) == whole
