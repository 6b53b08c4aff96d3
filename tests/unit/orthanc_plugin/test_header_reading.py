from typing import Any

import pytest
from fakes.orthanc_module import FakeOrthanc, FakeSeries, mr_tags

from segrelay_plugin.archive import Archive
from segrelay_plugin.errors import UnknownSeriesError
from segrelay_plugin.header_reading import read_headers
from segrelay_plugin.headers import HEADER_KEYWORDS, header_row

AXIAL, SAGITTAL = "1\\0\\0\\0\\1\\0", "0\\1\\0\\0\\0\\-1"
SERIES_LEVEL = {"Modality": "0008,0060", "ImageOrientationPatient": "0020,0037"}


def image(number: int, **changes: object) -> dict[str, object]:
    return mr_tags(
        SOPInstanceUID=f"1.2.3.{number}",
        InstanceNumber=str(number),
        ImageOrientationPatient=AXIAL,
        **changes,
    )


@pytest.fixture
def newer(orthanc: FakeOrthanc) -> FakeOrthanc:
    """As Orthanc 1.12.7 with the configuration that ships."""
    orthanc.tags_of_series = SERIES_LEVEL
    orthanc.configuration["Python"] = {"AllowThreads": True}
    orthanc.configuration["Warnings"] = {"W001_TagsBeingReadFromStorage": False}
    return orthanc


def whole_headers_read(orthanc: FakeOrthanc) -> list[str]:
    return [uri.split("/")[2] for uri in orthanc.asked if uri.endswith("tags?simplify")]


def test_only_the_first_header_is_read_whole(newer: FakeOrthanc, archive: Archive) -> None:
    newer.series["a-1"] = FakeSeries([image(number) for number in (3, 1, 2)])
    first, *others = read_headers(archive, "a-1")
    assert whole_headers_read(newer) == ["a-1+1"]
    assert first == image(1)
    assert others == [header_row(image(2)), header_row(image(3))]


def test_what_the_index_keeps_of_the_series_stands_for_no_image(
    newer: FakeOrthanc, archive: Archive
) -> None:
    turned = image(2) | {"ImageOrientationPatient": SAGITTAL}
    newer.series["a-1"] = FakeSeries([image(1), turned])
    assert [tags["ImageOrientationPatient"] for tags in read_headers(archive, "a-1")] == [
        AXIAL,
        SAGITTAL,
    ]


def test_an_image_without_a_value_does_not_get_that_of_the_first(
    newer: FakeOrthanc, archive: Archive
) -> None:
    without = image(2)
    del without["ImageOrientationPatient"]
    newer.series["a-1"] = FakeSeries([image(1), without])
    assert read_headers(archive, "a-1") == [image(1), without]


def test_tags_that_a_hospital_has_kept_for_series_are_read_from_each_image(
    newer: FakeOrthanc, archive: Archive
) -> None:
    newer.tags_of_series = {**SERIES_LEVEL, "EchoTime": "0018,0081"}
    newer.series["a-1"] = FakeSeries([image(1, EchoTime="3"), image(2, EchoTime="80")])
    assert [tags["EchoTime"] for tags in read_headers(archive, "a-1")] == ["3", "80"]


def test_what_is_no_single_mr_image_is_read_whole(newer: FakeOrthanc, archive: Archive) -> None:
    enhanced = image(
        2,
        SOPClassUID="1.2.840.10008.5.1.4.1.1.4.1",
        PerFrameFunctionalGroupsSequence=[{"FrameContentSequence": [{"StackID": "1"}]}],
    )
    newer.series["a-1"] = FakeSeries([image(1), enhanced])
    _, second = read_headers(archive, "a-1")
    assert second == enhanced


def test_where_orthanc_reads_no_files_headers_are_read_one_by_one(
    newer: FakeOrthanc, archive: Archive
) -> None:
    newer.reads_files = False
    newer.series["a-1"] = FakeSeries([image(1, EchoTime="3"), image(2, EchoTime="80")])
    assert [tags["EchoTime"] for tags in read_headers(archive, "a-1")] == ["3", "80"]


def test_an_image_that_is_gone_when_it_is_found_is_left_out(
    newer: FakeOrthanc, archive: Archive
) -> None:
    newer.series["a-1"] = FakeSeries([image(1), image(2)])
    newer.deleted_instances = {"0"}
    assert read_headers(archive, "a-1") == [image(2)]


def test_where_the_first_image_goes_the_next_one_is_read_whole(
    newer: FakeOrthanc, archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    newer.series["a-1"] = FakeSeries([image(1), image(2), image(3)])
    found = archive.find_tags("a-1", HEADER_KEYWORDS)
    monkeypatch.setattr(archive, "find_tags", lambda *_asked: found)
    newer.deleted_instances = {"0"}
    assert read_headers(archive, "a-1") == [image(2), header_row(image(3))]
    newer.deleted_instances = {"0", "1", "2"}
    with pytest.raises(UnknownSeriesError):
        read_headers(archive, "a-1")


@pytest.mark.parametrize(
    "missing",
    [
        {"Python": {}},
        {"Python": {"AllowThreads": False}},
        {"Warnings": {}},
        {"Warnings": {"W001_TagsBeingReadFromStorage": True}},
    ],
)
def test_without_the_settings_for_it_headers_are_read_one_by_one(
    newer: FakeOrthanc, archive: Archive, missing: dict[str, Any]
) -> None:
    newer.configuration |= missing
    newer.series["a-1"] = FakeSeries([image(1), image(2)])
    read_headers(archive, "a-1")
    assert whole_headers_read(newer) == ["a-1+0", "a-1+1"]


@pytest.mark.parametrize("version", ["4.0", "mainline"])
def test_so_they_are_under_a_python_plugin_that_lets_nothing_else_run(
    newer: FakeOrthanc, archive: Archive, version: str
) -> None:
    newer.python_plugin_version = version
    newer.series["a-1"] = FakeSeries([image(1), image(2)])
    read_headers(archive, "a-1")
    assert whole_headers_read(newer) == ["a-1+0", "a-1+1"]


def test_so_they_are_by_an_orthanc_that_cannot_find_tags(
    newer: FakeOrthanc, archive: Archive
) -> None:
    newer.tags_of_series = None
    newer.series["a-1"] = FakeSeries([image(1), image(2)])
    read_headers(archive, "a-1")
    assert whole_headers_read(newer) == ["a-1+0", "a-1+1"]
