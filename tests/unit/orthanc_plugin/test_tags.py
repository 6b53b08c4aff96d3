from datetime import UTC, datetime

from fakes.orthanc_module import FakeOrthanc, FakeSeries, mr_tags
from integration.orthanc_server import shipped_configuration

from segrelay_plugin.archive import Archive
from segrelay_plugin.geometry import geometry_of
from segrelay_plugin.states.labels import CANDIDATE
from segrelay_plugin.tags import (
    USER_METADATA,
    SeriesTags,
    is_marked,
    read_tags,
    remove_tags,
    write_tags,
)

TAGS = SeriesTags(
    role="t1",
    candidate_models=("brain", "tumour"),
    rule="T1 by name",
    instance_count=1,
    tagged_at=datetime(2026, 1, 31, 12, tzinfo=UTC),
)
GEOMETRY = geometry_of([mr_tags()])


def test_tags_are_read_as_they_were_written(orthanc: FakeOrthanc, archive: Archive) -> None:
    orthanc.series["a-1"] = FakeSeries([mr_tags()])
    write_tags(archive, "a-1", TAGS, GEOMETRY)
    assert read_tags(archive, "a-1") == TAGS


def test_a_series_without_tags_has_none(orthanc: FakeOrthanc, archive: Archive) -> None:
    orthanc.series["a-1"] = FakeSeries([mr_tags()], metadata={"LastUpdate": "20260131T120000"})
    assert read_tags(archive, "a-1") is None


def test_tags_that_somebody_overwrote_count_as_none(orthanc: FakeOrthanc, archive: Archive) -> None:
    orthanc.series["a-1"] = FakeSeries([mr_tags()])
    write_tags(archive, "a-1", TAGS, GEOMETRY)
    orthanc.series["a-1"].metadata["SegrelayInstanceCount"] = "many"
    assert read_tags(archive, "a-1") is None


def test_a_label_is_set_where_orthanc_has_labels(orthanc: FakeOrthanc, archive: Archive) -> None:
    orthanc.has_labels = True
    orthanc.series["a-1"] = FakeSeries([mr_tags()])
    write_tags(archive, "a-1", TAGS, GEOMETRY)
    assert orthanc.series["a-1"].labels == [CANDIDATE]


def test_removed_tags_leave_nothing_and_what_is_not_ours_stays(
    orthanc: FakeOrthanc, archive: Archive
) -> None:
    orthanc.has_labels = True
    others = {"LastUpdate": "20260131T120000", "SegrelayState": "{}"}
    series = FakeSeries([mr_tags()], metadata=dict(others), labels=["for-teaching"])
    orthanc.series["a-1"] = series
    write_tags(archive, "a-1", TAGS, GEOMETRY)
    assert is_marked(series.metadata)
    del series.metadata["SegrelayTaggedAt"]  # as a crash leaves them
    remove_tags(archive, "a-1")
    assert (series.metadata, series.labels) == (others, ["for-teaching"])
    assert not is_marked(series.metadata)


def test_the_shipped_configuration_registers_every_tag() -> None:
    assert shipped_configuration()["UserMetadata"] == USER_METADATA
