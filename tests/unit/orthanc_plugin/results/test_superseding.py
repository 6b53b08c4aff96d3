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
    assert orthanc.asked == ["/series/c-3"]
    assert earlier.metadata == {}
