from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from segrelay_worker.dicom_results.scale_bar import (
    BAR_RGB,
    LONGEST_PIXELS,
    draw_scale_bar,
    round_length_mm,
)


@pytest.mark.parametrize(
    ("longest", "expected"), [(76.0, 50.0), (50.0, 50.0), (49.9, 20.0), (3.0, 2.0), (0.15, 0.1)]
)
def test_a_length_is_one_that_people_can_reckon_with(longest: float, expected: float) -> None:
    assert round_length_mm(longest) == pytest.approx(expected)


@given(st.floats(1e-3, 1e4))
def test_it_is_never_longer_than_there_is_room_nor_shorter_than_two_fifths(longest: float) -> None:
    assert 0.399 * longest <= round_length_mm(longest) <= longest


@pytest.mark.parametrize("pixels_per_mm", [0.4, 1.18, 3.3, 9.0])
def test_the_bar_is_as_long_as_it_says(pixels_per_mm: float) -> None:
    picture = Image.new("RGB", (200, 40))
    draw_scale_bar(ImageDraw.Draw(picture), pixels_per_mm=pixels_per_mm, right=196, bottom=36)
    lit = (np.asarray(picture) == BAR_RGB).all(axis=-1)
    row = lit[36 - 7]
    run = np.flatnonzero(row)
    longest = max(np.split(run, np.flatnonzero(np.diff(run) > 1) + 1), key=len)
    length_mm = round_length_mm(LONGEST_PIXELS / pixels_per_mm)
    assert len(longest) == pytest.approx(length_mm * pixels_per_mm, abs=2.5)
