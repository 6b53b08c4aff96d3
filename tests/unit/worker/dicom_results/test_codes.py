from __future__ import annotations

import pytest

from segrelay_worker.dicom_results.codes import SEGMENT_RGB, segment_rgb, series_number

LARGEST_INTEGER_STRING = 2**31 - 1


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
    assert len({segment_rgb(number) for number in range(1, count + 1)}) == count
    assert segment_rgb(count + 1) == segment_rgb(1)
