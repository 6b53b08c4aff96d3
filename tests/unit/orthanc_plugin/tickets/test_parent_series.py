import pytest
from fakes.orthanc_module import FakeOrthanc, FakeSeries, mr_tags

from segrelay_plugin.archive import Archive
from segrelay_plugin.errors import ArchiveError
from segrelay_plugin.tickets.parent_series import ParentSeries


@pytest.fixture
def orthanc(orthanc: FakeOrthanc) -> FakeOrthanc:
    orthanc.series["a-1"] = FakeSeries([mr_tags(), mr_tags()])
    return orthanc


def test_orthanc_is_asked_once_for_each_instance(orthanc: FakeOrthanc, archive: Archive) -> None:
    parent = ParentSeries(archive)
    assert [parent.of("a-1+0"), parent.of("a-1+1"), parent.of("a-1+0")] == ["a-1"] * 3
    assert orthanc.asked == ["/instances/a-1+0", "/instances/a-1+1"]


def test_only_so_many_are_remembered(orthanc: FakeOrthanc, archive: Archive) -> None:
    parent = ParentSeries(archive, most=1)
    for instance_id in ("a-1+0", "a-1+1", "a-1+1", "a-1+0"):
        parent.of(instance_id)
    assert orthanc.asked == ["/instances/a-1+0", "/instances/a-1+1", "/instances/a-1+0"]


def test_what_is_not_there_has_no_series_and_may_come_later(
    orthanc: FakeOrthanc, archive: Archive
) -> None:
    parent = ParentSeries(archive)
    assert parent.of("b-2+0") is None
    orthanc.series["b-2"] = FakeSeries([mr_tags()])
    assert parent.of("b-2+0") == "b-2"


def test_an_archive_that_cannot_say_says_nothing(orthanc: FakeOrthanc, archive: Archive) -> None:
    orthanc.is_broken = True
    with pytest.raises(ArchiveError):
        ParentSeries(archive).of("a-1+0")
