from datetime import UTC, datetime

import pytest
from fakes.orthanc_module import FakeOrthanc, FakeSeries, mr_tags

from segrelay_plugin.archive import Archive, SeriesRecord
from segrelay_plugin.errors import ArchiveError, UnknownSeriesError, UnknownStudyError

FINDS_TAGS = {"SeriesInstanceUID": "0020,000e"}  # as Orthanc 1.12.5 and later
either_orthanc = pytest.mark.parametrize("tags_of_series", [None, FINDS_TAGS])


@either_orthanc
def test_a_series_is_read_from_the_index(
    orthanc: FakeOrthanc, archive: Archive, tags_of_series: dict[str, str] | None
) -> None:
    orthanc.tags_of_series = tags_of_series
    orthanc.series["a-1"] = FakeSeries([mr_tags()], last_update="20260131T115900")
    orthanc.series["a-2"] = FakeSeries([mr_tags(), mr_tags()], modality="CT", is_stable=False)
    assert archive.series("a-1") == SeriesRecord(
        series_id="a-1",
        study_id="aaaa-bbbb",
        series_instance_uid="1.2.3",
        modality="MR",
        manufacturer="Phantom Works",
        instance_count=1,
        is_stable=True,
        last_update=datetime(2026, 1, 31, 11, 59, tzinfo=UTC),
    )
    other = archive.series("a-2")
    assert (other.modality, other.instance_count, other.is_stable) == ("CT", 2, False)


@pytest.mark.parametrize("database", [None, "libOrthancPostgreSQLIndex.so"])
def test_only_a_database_that_knows_its_ids_is_asked_for_them(
    orthanc: FakeOrthanc, archive: Archive, database: str | None
) -> None:
    orthanc.tags_of_series, orthanc.database_plugin = FINDS_TAGS, database
    orthanc.series["a-1"] = FakeSeries([mr_tags()])
    assert archive.series("a-1").instance_count == 1
    assert ("/series/a-1" in orthanc.asked) is (database is not None)


def test_a_study_that_does_not_tell_of_all_its_series_hides_none(
    orthanc: FakeOrthanc, archive: Archive
) -> None:
    orthanc.tags_of_series, orthanc.most_found = FINDS_TAGS, 1
    orthanc.series = {name: FakeSeries([mr_tags()]) for name in ("a-1", "a-2")}
    assert [archive.series(name).series_id for name in orthanc.series] == ["a-1", "a-2"]


def test_a_series_that_is_deleted_while_it_is_read_is_unknown(
    orthanc: FakeOrthanc, archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    orthanc.tags_of_series = FINDS_TAGS
    orthanc.series["a-1"] = FakeSeries([mr_tags()])
    find = orthanc.RestApiPost

    def delete_first(uri: str, body: bytes) -> bytes:
        orthanc.series.clear()
        return find(uri, body)

    monkeypatch.setattr(orthanc, "RestApiPost", delete_first)
    with pytest.raises(UnknownSeriesError):
        archive.series("a-1")


@either_orthanc
def test_a_series_that_is_not_there_is_unknown(
    orthanc: FakeOrthanc, archive: Archive, tags_of_series: dict[str, str] | None
) -> None:
    orthanc.tags_of_series = tags_of_series
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
