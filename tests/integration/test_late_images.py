"""Images that come to a series after it was tagged, in a real Orthanc."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from builders.minimal_mr import mr_series, upload
from fakes.django_server import FakeDjango
from integration.conftest import AnOrthanc
from integration.orthanc_server import OrthancServer
from integration.polling import until
from pydicom import Dataset

AT_MOST_FOUR = """
[[rules]]
name = "short series"
role = "t1"
candidate_models = []
when = { images = { min = 2, max = 4 } }
"""


@pytest.fixture
def django() -> Iterator[FakeDjango]:
    with FakeDjango() as fake:
        yield fake


@pytest.fixture
def orthanc(tmp_path: Path, new_orthanc: AnOrthanc, django: FakeDjango) -> Iterator[OrthancServer]:
    with new_orthanc(tmp_path / "orthanc", django_url=django.url, rules=AT_MOST_FOUR) as server:
        yield server


def send(orthanc: OrthancServer, images: list[Dataset]) -> str:
    [series_id] = upload(images, url=orthanc.url, auth=orthanc.admin)
    return series_id


def told(django: FakeDjango) -> list[tuple[int, bool]]:
    """How many images Django heard of each time, and whether they made a candidate."""
    return [(len(event["headers"]), event["candidate"]) for event in django.events]


def test_a_series_that_grows_is_told_again_with_all_its_images(
    orthanc: OrthancServer, django: FakeDjango
) -> None:
    images = mr_series(slices=4)
    series_id = send(orthanc, images[:2])
    until(lambda: told(django) == [(2, True)], what="Django hears of two images")
    send(orthanc, images[2:])
    until(lambda: told(django) == [(2, True), (4, True)], what="Django hears of four")
    path = f"/segrelay/series/{series_id}"
    until(lambda: orthanc.get(path)["geometry"]["images"] == 4, what="the tags are new")
    geometry = orthanc.get(path)["geometry"]
    assert (geometry["plane"], geometry["rows"], geometry["columns"]) == ("axial", 4, 6)
    assert geometry["slice_spacing_mm"] > 0


def test_a_series_that_no_rule_wants_any_more_loses_its_tags_and_django_hears_of_it(
    orthanc: OrthancServer, django: FakeDjango
) -> None:
    images = mr_series(slices=6)
    series_id = send(orthanc, images[:2])
    path = f"/segrelay/series/{series_id}"
    until(lambda: orthanc.get(path)["candidate"], what="the series is tagged")
    send(orthanc, images[2:])
    until(lambda: told(django) == [(2, True), (6, False)], what="Django hears of six")
    until(lambda: not orthanc.get(path)["candidate"], what="the tags are gone")
    kept = orthanc.get(f"/series/{series_id}/metadata?expand")
    assert not [name for name in kept if name.startswith("Segrelay")]
    if orthanc.get("/system").get("HasLabels"):
        assert orthanc.get(f"/series/{series_id}/labels") == []


def test_images_that_were_arriving_at_a_kill_are_found_after_the_start(
    orthanc: OrthancServer, django: FakeDjango
) -> None:
    images = mr_series(slices=4)
    series_id = send(orthanc, images[:2])
    path = f"/segrelay/series/{series_id}"
    until(lambda: orthanc.get(path)["candidate"], what="the series is tagged")
    orthanc.stop()
    orthanc.overrides = {"StableAge": 600}
    orthanc.start()
    send(orthanc, images[2:])
    orthanc.kill()
    orthanc.overrides = {"StableAge": 1}
    orthanc.start()
    until(lambda: told(django) == [(2, True), (4, True)], what="Django hears of four")
