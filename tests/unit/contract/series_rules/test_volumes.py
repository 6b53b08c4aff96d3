from __future__ import annotations

import random
from collections.abc import Mapping

import pytest
from builders.header_rows import Row, headers, volume_rows
from hypothesis import given
from hypothesis import strategies as st

from segrelay_contract.error_codes import ErrorCode
from segrelay_contract.series_rules.attributes import Attribute, attributes_of
from segrelay_contract.series_rules.verdict import judge, judge_announced, judge_series
from segrelay_contract.series_rules.volumes import VolumeRule

# Each volume's own tags, and the rule that chooses the first.
SERIES: dict[str, tuple[list[Row], Mapping[Attribute, str]]] = {
    "echoes": ([{"EchoTime": "2.46"}, {"EchoTime": "7.38"}], {Attribute.ECHO_TIME: "first"}),
    "one named echo": ([{"EchoTime": "2.460"}, {"EchoTime": "7"}], {Attribute.ECHO_TIME: "2.46"}),
    "phases": (
        [{"TemporalPositionIdentifier": str(number)} for number in (2, 10, 11)],
        {Attribute.PHASE: "first"},
    ),
    "diffusion": (
        [
            {"DiffusionBValue": "0"},
            {"DiffusionBValue": "1000", "DiffusionGradientOrientation": "1\\0\\0"},
            {"DiffusionBValue": "1000", "DiffusionGradientOrientation": "0\\1\\0"},
        ],
        {Attribute.B_VALUE: "first"},
    ),
    "magnitude and phase": (
        [{"ImageType": f"ORIGINAL\\PRIMARY\\{letter}\\ND"} for letter in "MP"],
        {Attribute.COMPONENT: "magnitude"},
    ),
    "complex parts as Enhanced MR names them": (
        [{"ComplexImageComponent": name} for name in ("IMAGINARY", "REAL")],
        {Attribute.COMPONENT: "imaginary"},
    ),
    "repeats": (
        [{"AcquisitionNumber": "1"}, {"AcquisitionNumber": "2"}],
        {Attribute.ACQUISITION: "first"},
    ),
    "inversion times": (
        [{"InversionTime": "700"}, {"InversionTime": "2500"}],
        {Attribute.INVERSION_TIME: "first"},
    ),
    "flip angles": ([{"FlipAngle": "4"}, {"FlipAngle": "20"}], {Attribute.FLIP_ANGLE: "first"}),
}


def _rows(volumes: list[Row]) -> list[Row]:
    return [
        row | tags | {"SOPInstanceUID": f"1.{volume}.{place}"}
        for volume, tags in enumerate(volumes)
        for place, row in enumerate(volume_rows())
    ]


@pytest.mark.parametrize("name", SERIES)
def test_several_volumes_are_refused_without_a_rule_and_chosen_by_one(name: str) -> None:
    volumes, rule = SERIES[name]
    rows = _rows(volumes)
    (reason,) = judge(headers(rows))
    assert reason.code is ErrorCode.SEVERAL_VOLUMES
    assert reason.parameters["count"] == len(volumes)
    assert judge_series(headers(rows), VolumeRule(rule)).indices == (0, 1, 2, 3, 4)


def test_several_volumes_are_no_reason_before_a_model_is_chosen() -> None:
    rows = _rows(SERIES["echoes"][0])
    assert judge_announced(headers(rows)) == ()
    no_mr = [row | {"Modality": "CT"} for row in rows]
    assert ErrorCode.WRONG_MODALITY in {r.code for r in judge_announced(headers(no_mr))}


@given(name=st.sampled_from(sorted(SERIES)), seed=st.integers(0, 1000))
def test_the_choice_does_not_depend_on_the_order_of_the_images(name: str, seed: int) -> None:
    volumes, rule = SERIES[name]
    rows = _rows(volumes)
    order = random.Random(seed).sample(range(len(rows)), len(rows))  # noqa: S311 - for a test
    shuffled = headers([rows[index] for index in order])
    chosen = judge_series(shuffled, VolumeRule(rule)).indices
    assert [order[index] for index in chosen] == [0, 1, 2, 3, 4]


def test_repeats_that_only_their_times_tell_apart_are_ranked_at_each_place() -> None:
    rows = [
        row
        | {
            "AcquisitionTime": f"10{2 * place + repeat:02d}00",
            "SOPInstanceUID": f"1.{place}.{repeat}",
        }
        for place, row in enumerate(volume_rows())
        for repeat in range(2)
    ]
    assert [r.code for r in judge(headers(rows))] == [ErrorCode.SEVERAL_VOLUMES]
    assert judge_series(headers(rows), VolumeRule({Attribute.TIME: "last"})).indices == (
        1,
        3,
        5,
        7,
        9,
    )


def test_tags_that_differ_from_slice_to_slice_split_no_volume() -> None:
    rows = [
        row | {"AcquisitionTime": str(place), "EchoTime": f"2.{place}", "TriggerTime": str(place)}
        for place, row in enumerate(volume_rows())
    ]
    assert judge(headers(rows)) == ()


def test_the_chosen_volume_is_judged_and_not_the_others() -> None:
    rows = _rows([{"EchoTime": "1"}, {"EchoTime": "2"}])
    del rows[7]
    assert judge(headers(rows), VolumeRule({Attribute.ECHO_TIME: "first"})) == ()
    (reason,) = judge(headers(rows), VolumeRule({Attribute.ECHO_TIME: "last"}))
    assert reason.code is ErrorCode.MISSING_SLICES


def test_one_number_is_one_value_however_it_is_written() -> None:
    texts = ("2.98", "2.980", "2.9800000190735")
    assert len({attributes_of({"EchoTime": text})[Attribute.ECHO_TIME] for text in texts}) == 1
