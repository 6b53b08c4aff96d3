"""The page's list of series, as Orthanc's own search fills it."""

from __future__ import annotations

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
class Sent:
    """Orthanc's ids of what was sent."""

    today: str
    in_spring: str
    undated: str
    result: str


@pytest.fixture
def sent(archive: OrthancServer, stored: list[str]) -> Sent:
    result = other_object(sop_class_uid=SEGMENTATION, modality="SEG")
    images = [
        *_series_of("20990601"),
        *_series_of("20990410"),
        *_series_of(""),
        *_dated([result], "20990601"),
    ]
    stored += upload(images, url=archive.url, auth=archive.admin)
    return Sent(*stored)


def _series_of(day: str) -> list[Dataset]:
    return _dated(mr_series(slices=2), day)


def _dated(images: list[Dataset], day: str) -> list[Dataset]:
    for image in images:
        image.StudyDate = day
    return images


async def test_no_more_is_read_than_fills_the_list(client: OrthancClient, sent: Sent) -> None:
    listed = await list_mr_series(client, today=TODAY, limit=1)
    assert listed.series_ids == (sent.today,)
    assert listed.is_full


async def test_it_goes_back_until_the_list_is_full(client: OrthancClient, sent: Sent) -> None:
    listed = await list_mr_series(client, today=TODAY, limit=2)
    assert listed.series_ids == (sent.today, sent.in_spring)
    newest, _ = listed.studies
    assert (newest.day, newest.patient_id) == (TODAY, "PHANTOM-1")
    assert newest.series[0].image_count == 2


async def test_in_the_end_it_looks_at_all(client: OrthancClient, sent: Sent) -> None:
    listed = await list_mr_series(client, today=TODAY, limit=100_000)
    assert {sent.today, sent.in_spring, sent.undated} <= set(listed.series_ids)
    assert sent.result not in listed.series_ids
    assert not listed.is_full
