"""The page's list of series, as Orthanc's own search fills it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import pytest
from builders.minimal_mr import SEGMENTATION, mr_series, other_object, upload
from integration.orthanc_server import OrthancServer
from pydicom import Dataset

from segrelay_api.archive.orthanc_client import OrthancClient
from segrelay_api.archive.series_list import list_mr_series

# Other tests' images lie in the same Orthanc; none of them is of these years.
TODAY = date(2099, 6, 1)


@dataclass(frozen=True)
class Stored:
    """Orthanc's ids of what was sent."""

    today: str
    in_spring: str
    undated: str
    result: str


@pytest.fixture
def stored(archive: OrthancServer) -> Iterator[Stored]:
    result = other_object(sop_class_uid=SEGMENTATION, modality="SEG")
    sent = [
        *_series_of("20990601"),
        *_series_of("20990410"),
        *_series_of(""),
        *_dated([result], "20990601"),
    ]
    ids = upload(sent, url=archive.url, auth=archive.admin)
    yield Stored(*ids)
    for series_id in ids:
        archive.call("DELETE", f"/series/{series_id}").raise_for_status()


def _series_of(day: str) -> list[Dataset]:
    return _dated(mr_series(slices=2), day)


def _dated(images: list[Dataset], day: str) -> list[Dataset]:
    for image in images:
        image.StudyDate = day
    return images


async def test_no_more_is_read_than_fills_the_list(client: OrthancClient, stored: Stored) -> None:
    listed = await list_mr_series(client, today=TODAY, limit=1)
    assert listed.series_ids == (stored.today,)
    assert listed.is_full


async def test_it_goes_back_until_the_list_is_full(client: OrthancClient, stored: Stored) -> None:
    listed = await list_mr_series(client, today=TODAY, limit=2)
    assert listed.series_ids == (stored.today, stored.in_spring)
    newest, _ = listed.studies
    assert (newest.day, newest.patient_id) == (TODAY, "PHANTOM-1")
    assert newest.series[0].image_count == 2


async def test_in_the_end_it_looks_at_all(client: OrthancClient, stored: Stored) -> None:
    listed = await list_mr_series(client, today=TODAY, limit=100_000)
    assert {stored.today, stored.in_spring, stored.undated} <= set(listed.series_ids)
    assert stored.result not in listed.series_ids
    assert not listed.is_full
