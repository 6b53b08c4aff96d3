from typing import Any

import pytest
from fakes.orthanc_module import FakeOrthanc, FakeSeries, mr_tags

from segrelay_plugin.archive import Archive
from segrelay_plugin.results.superseding import Superseding


@pytest.fixture
def superseding(archive: Archive) -> Superseding:
    return Superseding(archive=archive)


def _names(uid: str, **more: object) -> dict[str, object]:
    return {"ReferencedSOPInstanceUID": uid, **more}


def _purpose(value: str, scheme: str = "99SEGRELAY") -> list[dict[str, str]]:
    return [{"CodeValue": value, "CodingSchemeDesignator": scheme}]


def _seg(uid: str, purpose: list[dict[str, str]]) -> dict[str, Any]:
    return {"ReferencedImageSequence": [_names(uid, PurposeOfReferenceCodeSequence=purpose)]}


def _report(uid: str) -> dict[str, Any]:
    series = {"ReferencedSOPSequence": [_names(uid)]}
    return {"PredecessorDocumentsSequence": [{"ReferencedSeriesSequence": [series]}]}


def _result(modality: str, **tags: object) -> FakeSeries:
    return FakeSeries([mr_tags(**tags)], modality, manufacturer="Segrelay")


def _archive(orthanc: FakeOrthanc, modality: str, said: dict[str, Any]) -> FakeSeries:
    """An earlier result, and a later one that says something of it."""
    orthanc.series["a-1"] = _result(modality, SOPInstanceUID="2.25.1")
    orthanc.series["b-2"] = _result(modality, SOPInstanceUID="2.25.2", **said)
    return orthanc.series["a-1"]


@pytest.mark.parametrize(
    ("modality", "said"),
    [("SEG", _seg("2.25.1", _purpose("superseded"))), ("SR", _report("2.25.1"))],
)
@pytest.mark.parametrize("has_labels", [True, False])
def test_an_earlier_result_is_marked(
    orthanc: FakeOrthanc,
    superseding: Superseding,
    *,
    modality: str,
    said: dict[str, Any],
    has_labels: bool,
) -> None:
    orthanc.has_labels = has_labels
    earlier = _archive(orthanc, modality, said)
    superseding.mark_superseded(series_id="b-2")
    assert earlier.metadata == {"SegrelaySupersededBy": "b-2"}
    assert earlier.labels == (["segrelay-superseded"] if has_labels else [])
    assert orthanc.series["b-2"].metadata == {}


@pytest.mark.parametrize(
    ("modality", "said"),
    [
        ("SEG", _seg("2.25.1", _purpose("121311", "DCM"))),
        ("SEG", _seg("2.25.1", [])),
        ("SEG", _seg("2.25.99", _purpose("superseded"))),
        ("SR", {}),
        ("MR", _report("2.25.1")),
    ],
)
def test_what_names_nothing_of_ours_marks_nothing(
    orthanc: FakeOrthanc, superseding: Superseding, modality: str, said: dict[str, Any]
) -> None:
    earlier = _archive(orthanc, modality, said)
    superseding.mark_superseded(series_id="b-2")
    assert earlier.metadata == {}


@pytest.mark.parametrize(
    "other", [{"study_id": "cccc-dddd"}, {"manufacturer": "Phantom Works", "modality": "MR"}]
)
def test_only_our_results_of_the_same_study_are_marked(
    orthanc: FakeOrthanc, superseding: Superseding, other: dict[str, str]
) -> None:
    earlier = _archive(orthanc, "SR", _report("2.25.1"))
    for name, value in other.items():
        setattr(earlier, name, value)
    superseding.mark_superseded(series_id="b-2")
    assert (earlier.metadata, earlier.labels) == ({}, [])


def _delete(orthanc: FakeOrthanc, superseding: Superseding, series_id: str) -> None:
    del orthanc.series[series_id]
    superseding.take_back(newer_id=series_id)


def test_what_a_deleted_result_superseded_is_marked_no_more(
    orthanc: FakeOrthanc, superseding: Superseding
) -> None:
    orthanc.has_labels = True
    earlier = _archive(orthanc, "SR", _report("2.25.1"))
    earlier.labels = ["for-teaching"]
    superseding.mark_superseded(series_id="b-2")
    _delete(orthanc, superseding, "b-2")
    assert (earlier.metadata, earlier.labels) == ({}, ["for-teaching"])


def test_what_an_earlier_one_superseded_as_well_is_marked_by_that_one(
    orthanc: FakeOrthanc, superseding: Superseding
) -> None:
    earlier = _archive(orthanc, "SR", _report("2.25.1"))
    for series_id, uid in (("c-3", "2.25.1"), ("d-4", "2.25.2")):
        orthanc.series[series_id] = _result("SR", SOPInstanceUID="2.25.3", **_report(uid))
    for series_id in ("b-2", "c-3", "d-4"):
        superseding.mark_superseded(series_id=series_id)
    del orthanc.series["d-4"]
    _delete(orthanc, superseding, "c-3")
    superseding.take_back(newer_id="d-4")
    assert earlier.metadata == {"SegrelaySupersededBy": "b-2"}
    assert orthanc.series["b-2"].metadata == {}


def test_what_a_still_newer_one_marked_stays_so(
    orthanc: FakeOrthanc, superseding: Superseding
) -> None:
    earlier = _archive(orthanc, "SR", _report("2.25.1"))
    orthanc.series["c-3"] = _result("SR", SOPInstanceUID="2.25.3", **_report("2.25.1"))
    for series_id in ("b-2", "c-3"):
        superseding.mark_superseded(series_id=series_id)
    _delete(orthanc, superseding, "b-2")
    assert earlier.metadata == {"SegrelaySupersededBy": "c-3"}


def test_earlier_results_may_be_deleted_with_the_newer_one(
    orthanc: FakeOrthanc, superseding: Superseding
) -> None:
    _archive(orthanc, "SR", _report("2.25.1"))
    superseding.mark_superseded(series_id="b-2")
    del orthanc.series["a-1"]
    _delete(orthanc, superseding, "b-2")
    assert orthanc.series == {}


def test_what_was_marked_before_a_start_is_taken_back_after_it(
    orthanc: FakeOrthanc, archive: Archive, superseding: Superseding
) -> None:
    earlier = _archive(orthanc, "SR", _report("2.25.1"))
    superseding.mark_superseded(series_id="b-2")
    after_a_start = Superseding(archive=archive)
    after_a_start.catch_up_with(archive.series("a-1"))
    assert earlier.metadata == {"SegrelaySupersededBy": "b-2"}
    _delete(orthanc, after_a_start, "b-2")
    assert earlier.metadata == {}


def test_a_start_takes_back_what_was_marked_for_a_result_that_is_gone(
    orthanc: FakeOrthanc, archive: Archive, superseding: Superseding
) -> None:
    orthanc.has_labels = True
    earlier = _archive(orthanc, "SR", {})
    earlier.metadata["SegrelaySupersededBy"] = "c-3"
    earlier.labels = ["segrelay-superseded"]
    superseding.catch_up_with(archive.series("a-1"))
    assert (earlier.metadata, earlier.labels) == ({}, [])


@pytest.mark.parametrize(
    ("modality", "said"),
    [("SEG", _seg("2.25.1", _purpose("superseded"))), ("SR", _report("2.25.1")), ("SEG", {})],
)
def test_no_whole_header_is_read_as_that_of_a_seg_may_be_huge(
    orthanc: FakeOrthanc, superseding: Superseding, modality: str, said: dict[str, Any]
) -> None:
    _archive(orthanc, modality, said)
    superseding.mark_superseded(series_id="b-2")
    assert [uri for uri in orthanc.asked if "/tags" in uri] == []


@pytest.mark.parametrize("modality", ["MR", "SR"])
def test_of_what_is_not_ours_no_headers_are_read(
    orthanc: FakeOrthanc, superseding: Superseding, modality: str
) -> None:
    earlier = _archive(orthanc, "SR", {})
    orthanc.series["c-3"] = FakeSeries([mr_tags(**_report("2.25.1"))], modality)
    superseding.mark_superseded(series_id="c-3")
    assert orthanc.asked == ["/system", "/series/c-3"]
    assert earlier.metadata == {}
