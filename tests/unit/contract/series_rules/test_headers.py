from __future__ import annotations

import math

import pytest
from builders.header_rows import volume_rows
from hypothesis import given
from hypothesis import strategies as st

from segrelay_contract.series_rules.headers import SliceHeader


def with_tag(keyword: str, text: str) -> SliceHeader:
    return SliceHeader.from_tags(volume_rows()[0] | {keyword: text})


def test_a_row_is_read_with_its_units_and_axes() -> None:
    header = SliceHeader.from_tags(volume_rows()[1] | {"PixelSpacing": "1.5\\0.5"})
    assert header.position_mm == (-36.0, -48.0, 12.0)
    assert header.row_direction == (1.0, 0.0, 0.0)
    assert header.column_direction == (0.0, 1.0, 0.0)
    assert header.size == (64, 48)
    assert header.pixel_spacing_mm == (1.5, 0.5)
    assert header.frames == 1


def test_an_empty_row_is_read_as_nothing_known() -> None:
    header = SliceHeader.from_tags({})
    assert (header.position_mm, header.row_direction, header.size) == (None, None, None)
    assert (header.modality, header.frames) == ("", 1)


@pytest.mark.parametrize(
    "text", ["", "1\\2", "1\\2\\3\\4", "1\\x\\3", "nan\\0\\0", "inf\\0\\0", "1,5\\0\\0"]
)
def test_a_position_that_is_not_three_numbers_is_unreadable(text: str) -> None:
    assert with_tag("ImagePositionPatient", text).position_mm is None


@pytest.mark.parametrize("text", ["nan\\1", "1", "a\\b"])
def test_a_spacing_that_is_no_length_is_unreadable(text: str) -> None:
    assert with_tag("PixelSpacing", text).pixel_spacing_mm is None


@pytest.mark.parametrize("text", ["-1", "0", "x", ""])
def test_a_count_that_is_none_is_one_frame_and_no_size(text: str) -> None:
    header = SliceHeader.from_tags({"NumberOfFrames": text, "Rows": text, "Columns": "4"})
    assert header.frames == 1
    assert header.size is None


def test_a_direction_that_is_far_from_unit_length_is_unreadable() -> None:
    header = with_tag("ImageOrientationPatient", "0\\0\\0\\0\\1\\0")
    assert header.row_direction is None
    assert header.column_direction == (0.0, 1.0, 0.0)


@given(angle=st.floats(0, 2 * math.pi), digits=st.integers(3, 12))
def test_rounded_direction_cosines_become_unit_vectors(angle: float, digits: int) -> None:
    row = [math.cos(angle), math.sin(angle), 0.0]
    column = [-math.sin(angle), math.cos(angle), 0.0]
    text = "\\".join(f"{value:.{digits}f}" for value in [*row, *column])
    header = with_tag("ImageOrientationPatient", text)
    assert header.row_direction is not None
    assert math.hypot(*header.row_direction) == pytest.approx(1.0, abs=1e-12)


@given(st.dictionaries(st.sampled_from(sorted(volume_rows()[0])), st.text(max_size=40)))
def test_no_text_in_any_tag_raises(tags: dict[str, str]) -> None:
    assert SliceHeader.from_tags(tags).frames >= 0
