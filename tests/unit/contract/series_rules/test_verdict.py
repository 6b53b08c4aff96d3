from __future__ import annotations

import random
from collections.abc import Callable

import pytest
from builders.header_rows import AXIAL, Row, headers, joined, tilted, volume_rows
from hypothesis import example, given
from hypothesis import strategies as st

from segrelay_contract.error_codes import ERROR_KINDS, ErrorCode
from segrelay_contract.series_rules.verdict import judge, slice_order

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
        ErrorCode.MISSING_GEOMETRY,
        {"keyword": "FrameOfReferenceUID", "count": 5},
    ),
    "another frame of reference": (
        lambda: spoil(volume_rows(), 3, FrameOfReferenceUID="1.2.98"),
        ErrorCode.MIXED_FRAME_OF_REFERENCE,
        {},
    ),
    "a localizer": (localizer, ErrorCode.MIXED_ORIENTATION, {"planes": 3}),
    "another size": (lambda: spoil(volume_rows(), 3, Rows="65"), ErrorCode.MIXED_SIZES, {}),
    "another pixel spacing": (
        lambda: spoil(volume_rows(), 3, PixelSpacing="1.5\\1.6"),
        ErrorCode.MIXED_SIZES,
        {},
    ),
    "the same place twice": (
        lambda: [*volume_rows(), volume_rows()[2] | {"SOPInstanceUID": "1.2.3.77"}],
        ErrorCode.DUPLICATE_POSITION,
        {"count": 1},
    ),
    "two whole volumes": (
        lambda: volume_rows() * 2,
        ErrorCode.DUPLICATE_POSITION,
        {"count": 5},
    ),
    "two slices missing": (
        lambda: [row for index, row in enumerate(volume_rows(slices=9)) if index not in {4, 5}],
        ErrorCode.MISSING_SLICES,
        {"count": 2, "after_mm": 6.0},
    ),
    "a slice between": (
        lambda: moved(volume_rows(slices=9), 4, mm=(0.0, 0.0, 0.5)),
        ErrorCode.UNEVEN_SPACING,
        {"gap_mm": 2.5, "spacing_mm": 2.0},
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
    ordered = [shuffled[index] for index in slice_order(headers(shuffled)).indices]
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


def test_an_order_without_places_is_refused() -> None:
    with pytest.raises(ValueError, match="position"):
        slice_order(headers(without(volume_rows(), "ImagePositionPatient")))
    with pytest.raises(ValueError, match="orientation"):
        slice_order(headers(without(volume_rows(), "ImageOrientationPatient")))
