from __future__ import annotations

import random
from collections.abc import Callable

import pytest
from builders.header_rows import AXIAL, Row, headers, joined, tilted, volume_rows
from hypothesis import example, given
from hypothesis import strategies as st

from segrelay_contract.error_codes import ERROR_KINDS, ErrorCode
from segrelay_contract.series_rules.verdict import judge, judge_announced, judge_series
from segrelay_contract.series_rules.volumes import VolumeRule

SAGITTAL = ((0.0, 1.0, 0.0), (0.0, 0.0, -1.0))
CORONAL = ((1.0, 0.0, 0.0), (0.0, 0.0, -1.0))


def spoil(rows: list[Row], index: int, **tags: str) -> list[Row]:
    rows[index] |= tags
    return rows


def without(rows: list[Row], keyword: str) -> list[Row]:
    return [{name: text for name, text in row.items() if name != keyword} for row in rows]


def moved(rows: list[Row], index: int, *, mm: tuple[float, float, float]) -> list[Row]:
    position = [float(part) for part in rows[index]["ImagePositionPatient"].split("\\")]
    there = [value + shift for value, shift in zip(position, mm, strict=True)]
    return spoil(rows, index, ImagePositionPatient=joined(there))


def sheared() -> list[Row]:
    rows = volume_rows()
    for index in range(len(rows)):
        moved(rows, index, mm=(0.0, 0.5 * index, 0.0))
    return rows


def localizer() -> list[Row]:
    return [row for plane in (AXIAL, SAGITTAL, CORONAL) for row in volume_rows(directions=plane)]


ONE_FAULT: dict[str, tuple[Callable[[], list[Row]], ErrorCode, dict[str, object]]] = {
    "another modality": (
        lambda: [row | {"Modality": "CT"} for row in volume_rows()],
        ErrorCode.WRONG_MODALITY,
        {"modality": "CT"},
    ),
    "one image of another modality": (
        lambda: spoil(volume_rows(), 2, Modality="SC"),
        ErrorCode.WRONG_MODALITY,
        {"modality": "SC"},
    ),
    "one image that says it is a mosaic": (
        lambda: spoil(volume_rows(), 0, ImageType="ORIGINAL\\PRIMARY\\MOSAIC"),
        ErrorCode.SEVERAL_VOLUMES,
        {"count": 5, "found": "mosaic"},
    ),
    "a mosaic at each place": (
        lambda: [row | {"ImageType": "ORIGINAL\\PRIMARY\\MOSAIC"} for row in volume_rows()],
        ErrorCode.SEVERAL_VOLUMES,
        {"count": 5, "found": "mosaic"},
    ),
    "no modality": (
        lambda: without(volume_rows(), "Modality"),
        ErrorCode.WRONG_MODALITY,
        {"modality": "?"},
    ),
    "no image": (list, ErrorCode.WRONG_MODALITY, {"modality": "?"}),
    "frames": (
        lambda: spoil(volume_rows(slices=1), 0, NumberOfFrames="30"),
        ErrorCode.MULTIFRAME_SERIES,
        {},
    ),
    "one slice": (lambda: volume_rows(slices=1), ErrorCode.SINGLE_SLICE, {}),
    "an unreadable position": (
        lambda: spoil(volume_rows(), 1, ImagePositionPatient="1\\2"),
        ErrorCode.MISSING_GEOMETRY,
        {"keyword": "ImagePositionPatient", "count": 1},
    ),
    "no orientation": (
        lambda: without(volume_rows(), "ImageOrientationPatient"),
        ErrorCode.MISSING_GEOMETRY,
        {"keyword": "ImageOrientationPatient", "count": 5},
    ),
    "no spacing": (
        lambda: without(volume_rows(), "PixelSpacing"),
        ErrorCode.MISSING_GEOMETRY,
        {"keyword": "PixelSpacing", "count": 5},
    ),
    "no rows": (
        lambda: without(volume_rows(), "Rows"),
        ErrorCode.MISSING_GEOMETRY,
        {"keyword": "Rows, Columns", "count": 5},
    ),
    "no frame of reference": (
        lambda: without(volume_rows(), "FrameOfReferenceUID"),
        ErrorCode.NO_FRAME_OF_REFERENCE,
        {},
    ),
    "another frame of reference": (
        lambda: spoil(volume_rows(), 3, FrameOfReferenceUID="1.2.98"),
        ErrorCode.MIXED_FRAME_OF_REFERENCE,
        {},
    ),
    "a localizer": (localizer, ErrorCode.LOCALIZER, {}),
    "a localizer of one plane, as its scanner says": (
        lambda: [row | {"ImageType": "ORIGINAL\\PRIMARY\\LOCALIZER"} for row in volume_rows()],
        ErrorCode.LOCALIZER,
        {},
    ),
    "slices like the pages of a book": (
        lambda: [row for angle in (0.0, 9.0) for row in volume_rows(directions=tilted(angle))],
        ErrorCode.MIXED_ORIENTATION,
        {"planes": 2},
    ),
    "pixels of no size": (
        lambda: [row | {"PixelSpacing": "0\\0"} for row in volume_rows()],
        ErrorCode.ABSURD_SPACING,
        {"spacing_mm": 0.0},
    ),
    "pixels of half a metre": (
        lambda: [row | {"PixelSpacing": "500\\500"} for row in volume_rows()],
        ErrorCode.ABSURD_SPACING,
        {"spacing_mm": 500.0},
    ),
    "slices a metre apart": (
        lambda: volume_rows(gap_mm=1000.0),
        ErrorCode.ABSURD_SPACING,
        {"spacing_mm": 1000.0},
    ),
    "more voxels than fit": (
        lambda: [row | {"Rows": "65535", "Columns": "65535"} for row in volume_rows()],
        ErrorCode.TOO_LARGE,
        {"megavoxels": 21474},
    ),
    "two echoes": (
        lambda: [row | {"EchoTime": time} for time in ("2.46", "7.380") for row in volume_rows()],
        ErrorCode.SEVERAL_VOLUMES,
        {"count": 2, "found": "echo_time 2.46, 7.38"},
    ),
    "magnitude and phase, each of half the slices": (
        lambda: [
            row | {"ImageType": f"ORIGINAL\\PRIMARY\\{'MP'[index % 2]}\\ND"}
            for index, row in enumerate(volume_rows())
        ],
        ErrorCode.SEVERAL_VOLUMES,
        {"count": 2, "found": "component magnitude, phase"},
    ),
    "another size": (lambda: spoil(volume_rows(), 3, Rows="65"), ErrorCode.MIXED_SIZES, {}),
    "another pixel spacing": (
        lambda: spoil(volume_rows(), 3, PixelSpacing="1.5\\1.6"),
        ErrorCode.MIXED_SIZES,
        {},
    ),
    "the same place twice": (
        lambda: [
            *volume_rows(),
            volume_rows()[2] | {"SOPInstanceUID": "1.2.3.77", "InstanceNumber": "9"},
        ],
        ErrorCode.DUPLICATE_POSITION,
        {"count": 1},
    ),
    "two volumes that nothing tells apart": (
        lambda: [
            row | {"SOPInstanceUID": f"1.{index}", "InstanceNumber": str(index)}
            for index, row in enumerate(volume_rows() * 2)
        ],
        ErrorCode.DUPLICATE_POSITION,
        {"count": 5},
    ),
    "one slice missing of four": (
        lambda: [row for index, row in enumerate(volume_rows(slices=4)) if index != 1],
        ErrorCode.MISSING_SLICES,
        {"count": 1, "after_mm": 0.0},
    ),
    "two slices missing": (
        lambda: [row for index, row in enumerate(volume_rows(slices=9)) if index not in {4, 5}],
        ErrorCode.MISSING_SLICES,
        {"count": 2, "after_mm": 6.0},
    ),
    "a slice between": (
        lambda: moved(volume_rows(slices=9), 4, mm=(0.0, 0.0, 0.5)),
        ErrorCode.UNEVEN_SPACING,
        {"gap_mm": 2.5, "spacing_mm": 2.0, "after_mm": 6.0},
    ),
    "a tilted gantry": (sheared, ErrorCode.SHEARED_SLICES, {"shift_mm": 2.0}),
}


@pytest.mark.parametrize("fault", sorted(ONE_FAULT))
def test_a_single_fault_gives_its_code_and_parameters(fault: str) -> None:
    make, code, parameters = ONE_FAULT[fault]
    reasons = judge(headers(make()))
    assert [(reason.code, dict(reason.parameters)) for reason in reasons] == [(code, parameters)]
    assert ERROR_KINDS[code].parameters == set(parameters)


@given(
    plane=st.sampled_from([AXIAL, SAGITTAL, CORONAL, tilted(17.3), tilted(-80.0)]),
    slices=st.integers(2, 40),
    gap_mm=st.floats(0.6, 9.0),
    digits=st.integers(6, 12),
    seed=st.integers(0, 10_000),
)
def test_a_whole_volume_is_suitable_in_any_order_and_with_a_scanners_rounding(
    plane: tuple[tuple[float, float, float], tuple[float, float, float]],
    slices: int,
    gap_mm: float,
    digits: int,
    seed: int,
) -> None:
    rows = volume_rows(slices=slices, gap_mm=gap_mm, directions=plane, digits=digits)
    shuffled = rows.copy()
    random.Random(seed).shuffle(shuffled)  # noqa: S311 - an order for a test
    assert judge(headers(shuffled)) == ()
    ordered = [shuffled[index] for index in judge_series(headers(shuffled)).indices]
    assert ordered == rows


@example(seed=0, fault="a tilted gantry")
@given(seed=st.integers(0, 10_000), fault=st.sampled_from(sorted(ONE_FAULT)))
def test_the_verdict_does_not_depend_on_the_order_of_the_images(seed: int, fault: str) -> None:
    rows = ONE_FAULT[fault][0]()
    shuffled = rows.copy()
    random.Random(seed).shuffle(shuffled)  # noqa: S311 - an order for a test
    assert judge(headers(shuffled)) == judge(headers(rows))


def test_positions_with_two_decimals_are_evenly_spaced() -> None:
    assert judge(headers(volume_rows(slices=60, gap_mm=1.2345, digits=2))) == ()


def test_several_reasons_of_one_check_are_all_told() -> None:
    rows = spoil(spoil(volume_rows(), 1, Rows="65"), 2, FrameOfReferenceUID="1.2.98")
    assert {reason.code for reason in judge(headers(rows))} == {
        ErrorCode.MIXED_SIZES,
        ErrorCode.MIXED_FRAME_OF_REFERENCE,
    }


def test_reasons_of_several_checks_are_all_told() -> None:
    rows = without([row | {"Modality": "CT"} for row in volume_rows()], "FrameOfReferenceUID")
    assert [reason.code for reason in judge(headers(spoil(rows, 1, Rows="65")))] == [
        ErrorCode.WRONG_MODALITY,
        ErrorCode.NO_FRAME_OF_REFERENCE,
        ErrorCode.MIXED_SIZES,
    ]


def test_a_gap_and_a_tilt_are_both_told() -> None:
    rows = [row for index, row in enumerate(sheared()) if index != 2]
    assert {reason.code for reason in judge(headers(rows))} == {
        ErrorCode.MISSING_SLICES,
        ErrorCode.SHEARED_SLICES,
    }


def test_an_image_sent_twice_counts_once_whichever_comes_first() -> None:
    rows = [*volume_rows(), volume_rows()[2] | {"SOPInstanceUID": "1.2.3.77"}]
    verdict = judge_series(headers(rows))
    assert (verdict.reasons, verdict.indices) == ((), (0, 1, 2, 3, 4))
    assert verdict.copies == {5: 2}
    backwards = judge_series(headers(rows[::-1]))
    assert (backwards.indices, backwards.copies) == ((5, 4, 3, 2, 1), {0: 3})


def test_one_missing_slice_is_no_reason_where_the_model_lets_it_be_interpolated() -> None:
    rows = [row for index, row in enumerate(volume_rows(slices=9)) if index != 5]
    lenient = VolumeRule(interpolate_missing_slice=True)
    verdict = judge_series(headers(rows[::-1]), lenient)
    assert (verdict.reasons, verdict.missing_after) == ((), 4)
    assert judge_announced(headers(rows)) == ()
    assert [reason.code for reason in judge(headers(rows))] == [ErrorCode.MISSING_SLICES]
    del rows[2]
    assert [reason.code for reason in judge(headers(rows), lenient)] == [ErrorCode.MISSING_SLICES]


def test_frames_that_are_judged_later_are_no_reason_yet() -> None:
    enhanced = {"SOPClassUID": "1.2.840.10008.5.1.4.1.1.4.1", "NumberOfFrames": "30"}
    rows = [{"SOPInstanceUID": "1.2", "Modality": "MR"} | enhanced]
    assert judge_announced(headers(rows)) == ()
    assert [reason.code for reason in judge(headers(rows))] == [ErrorCode.MULTIFRAME_SERIES]
    rows[0]["SOPClassUID"] = "1.2.840.10008.5.1.4.1.1.7.2"
    assert [r.code for r in judge_announced(headers(rows))] == [ErrorCode.MULTIFRAME_SERIES]
