from typing import Any

import pytest

from segrelay_plugin.errors import ResultRefusedError
from segrelay_plugin.results.result_object import References, read_result

SEG, SC, SR, MR = (f"1.2.840.10008.5.1.4.1.1.{end}" for end in ("66.4", "7", "88.22", "4"))


def tags(sop_class: str = SEG, **changes: object) -> dict[str, Any]:
    plain = {
        "0008,0016": sop_class,
        "0008,0018": "2.25.1",
        "0008,0070": "Segrelay",
        "0010,0020": "P-1 ",
        "0020,000d": "2.25.3\0",
        "0020,000e": "2.25.2",
    }
    return plain | {key.replace("_", ",").removeprefix(","): each for key, each in changes.items()}


def named(uid: str, **more: object) -> dict[str, Any]:
    return {"0008,1155": uid} | {
        key.replace("_", ",").removeprefix(","): value for key, value in more.items()
    }


@pytest.mark.parametrize(
    ("sop_class", "kind"),
    [(SEG, "SEG"), (f"{SEG[:-4]}66.7", "SEG"), (SC, "SC"), (f"{SC}.4", "SC"), (SR, "SR")],
)
def test_an_object_is_known_by_its_class(sop_class: str, kind: str) -> None:
    result = read_result(tags(sop_class))
    assert (result.kind, result.sop_class_uid) == (kind, sop_class)
    assert (result.patient_id, result.study_instance_uid) == ("P-1", "2.25.3")  # padding is none
    assert "P-1" not in repr(result)


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        (tags(MR), "result_other_kind"),
        ({}, "result_other_kind"),
        (tags(_0008_0018=""), "result_no_dicom"),
        (tags(_0020_000e=None), "result_no_dicom"),
        (tags(_0020_000d=[]), "result_no_dicom"),
    ],
)
def test_what_is_of_no_such_class_or_has_no_identity_is_refused(
    wrong: dict[str, Any], code: str
) -> None:
    with pytest.raises(ResultRefusedError, match=code):
        read_result(wrong)


def test_references_are_found_however_deep_they_lie() -> None:
    frame = {"0008,9124": [{"0008,2112": [named("2.25.13")]}]}
    seg = tags(
        _0008_1115=[{"0020,000e": "2.25.20", "0008,114a": [named("2.25.11"), named("2.25.12")]}],
        _5200_9230=[frame, frame, {"0020,9111": [{"0018,9074": None}]}],
    )
    assert read_result(seg).references == References(
        studies=frozenset(),
        series=frozenset({"2.25.20"}),
        instances=frozenset({"2.25.11", "2.25.12", "2.25.13"}),
        superseded=frozenset(),
    )


def test_what_a_seg_supersedes_is_told_from_what_it_is_about() -> None:
    ours = [{"0008,0102": "99SEGRELAY", "0008,0100": "superseded"}]
    another = [{"0008,0102": "DCM", "0008,0100": "121322"}]
    seg = tags(
        _0008_1140=[
            named("2.25.30", _0040_a170=ours),
            named("2.25.31", _0040_a170=another),
            named("2.25.32"),
        ],
        _0008_2112=[named("2.25.33", _0040_a170=ours)],
    )
    references = read_result(seg).references
    assert references.superseded == {"2.25.30"}
    assert references.instances == {"2.25.31", "2.25.32", "2.25.33"}


def test_what_a_report_follows_is_told_from_its_evidence() -> None:
    def evidence(series: str, instance: str) -> list[dict[str, Any]]:
        inner = [{"0020,000e": series, "0008,1199": [named(instance)]}]
        return [{"0020,000d": "2.25.3", "0008,1115": inner}]

    report = tags(
        SR, _0040_a375=evidence("2.25.20", "2.25.11"), _0040_a360=evidence("2.25.40", "2.25.41")
    )
    assert read_result(report).references == References(
        studies=frozenset({"2.25.3"}),
        series=frozenset({"2.25.20"}),
        instances=frozenset({"2.25.11"}),
        superseded=frozenset({"2.25.41"}),
    )


def test_what_was_copied_from_the_source_refers_to_no_image() -> None:
    seg = tags(_0008_1110=[named("2.25.50")], _0008_1111=[named("2.25.51")])
    assert read_result(seg).references.instances == frozenset()


@pytest.mark.parametrize(
    ("sop_class", "text", "reported"),
    [
        (SR, '{"outcome": "segmented"} ', {"outcome": "segmented"}),
        (SR, "[]", None),
        (SR, "{", None),
        (SR, None, None),
        (SEG, '{"outcome": "segmented"}', None),
    ],
)
def test_a_report_carries_the_result(sop_class: str, text: object, reported: object) -> None:
    assert read_result(tags(sop_class, _0071_1001=text)).reported == reported
