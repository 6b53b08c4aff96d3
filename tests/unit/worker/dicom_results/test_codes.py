from __future__ import annotations

import pytest

from segrelay_worker.dicom_results.codes import SEGMENT_RGB, segment_rgb, series_number
from segrelay_worker.segmenters.manifest import CodedTerm, Segment

LARGEST_INTEGER_STRING = 2**31 - 1
TERM = CodedTerm(value="x", scheme="99TEST", meaning="x")


def _segment(number: int, color: tuple[int, int, int] | None = None) -> Segment:
    return Segment(number=number, label="x", category=TERM, type=TERM, color=color)


@pytest.mark.parametrize(
    ("source", "expected"), [(4, 401), (0, 9001), (None, 9001), (-3, 9001), (2**31 - 1, 9001)]
)
def test_a_series_number_tells_its_source(source: int | None, expected: int) -> None:
    assert series_number(source, 1) == expected


def test_the_largest_series_number_fits_an_integer_string() -> None:
    numbers = [series_number(source, 2) for source in (19_999_999, 20_000_000, 20_000_001)]
    assert max(numbers) <= LARGEST_INTEGER_STRING


def test_neighbouring_segments_differ_in_colour_and_colours_come_again() -> None:
    count = len(SEGMENT_RGB)
    assert len({segment_rgb(_segment(number)) for number in range(1, count + 1)}) == count
    assert segment_rgb(_segment(count + 1)) == SEGMENT_RGB[0]


def test_the_package_may_choose_a_colour() -> None:
    assert segment_rgb(_segment(1, (1, 2, 3))) == (1, 2, 3)
