from datetime import UTC, datetime

import pytest
from fakes.orthanc_module import FakeOrthanc, FakeSeries, mr_tags

from segrelay_plugin.archive import Archive
from segrelay_plugin.errors import ArchiveError, UnknownSeriesError, UnknownStudyError


def test_a_series_is_read_from_the_index(orthanc: FakeOrthanc, archive: Archive) -> None:
    orthanc.series["a-1"] = FakeSeries([mr_tags()], last_update="20260131T115900")
    record = archive.series("a-1")
    assert (record.modality, record.instance_count, record.is_stable) == ("MR", 1, True)
    assert record.last_update == datetime(2026, 1, 31, 11, 59, tzinfo=UTC)


def test_a_series_that_is_not_there_is_unknown(archive: Archive) -> None:
    with pytest.raises(UnknownSeriesError):
        archive.series("a-1")
    with pytest.raises(UnknownSeriesError):
        archive.put_metadata("a-1", "SegrelayRole", "t1")
    with pytest.raises(UnknownStudyError):
        archive.series_of_study("aaaa-bbbb")


def test_a_study_knows_its_series(orthanc: FakeOrthanc, archive: Archive) -> None:
    orthanc.series = {
        "a-1": FakeSeries([mr_tags()]),
        "a-2": FakeSeries([mr_tags()], study_id="cccc-dddd"),
        "a-3": FakeSeries([mr_tags()]),
    }
    assert archive.series_of_study("aaaa-bbbb") == ["a-1", "a-3"]


def test_headers_are_read_one_by_one(orthanc: FakeOrthanc, archive: Archive) -> None:
    orthanc.series["a-1"] = FakeSeries([mr_tags(InstanceNumber=str(n)) for n in range(3)])
    read = archive.instance_tags("a-1")
    assert [tags["InstanceNumber"] for tags in read] == ["0", "1", "2"]
    # One long answer would hold up each HTTP call, as Orthanc asks our filter at each.
    assert [uri for uri in orthanc.asked if "instances-tags" in uri] == []


def test_an_image_that_is_deleted_meanwhile_is_left_out(
    orthanc: FakeOrthanc, archive: Archive
) -> None:
    orthanc.series["a-1"] = FakeSeries([mr_tags(InstanceNumber=str(n)) for n in range(3)])
    orthanc.deleted_instances = {"1"}
    assert [tags["InstanceNumber"] for tags in archive.instance_tags("a-1")] == ["0", "2"]
    orthanc.deleted_instances = {"0", "1", "2"}
    with pytest.raises(UnknownSeriesError):
        archive.instance_tags("a-1")


def test_a_broken_archive_is_worth_another_try(orthanc: FakeOrthanc, archive: Archive) -> None:
    orthanc.is_broken = True
    with pytest.raises(ArchiveError):
        archive.series_ids()


@pytest.mark.parametrize("has_labels", [True, False])
def test_labels_are_used_only_where_orthanc_has_them(
    orthanc: FakeOrthanc, archive: Archive, *, has_labels: bool
) -> None:
    orthanc.has_labels = has_labels
    assert archive.has_labels is has_labels
