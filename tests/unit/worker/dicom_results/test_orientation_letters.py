from __future__ import annotations

import numpy as np
import pytest

from segrelay_worker.dicom_results.orientation_letters import orientation_letters


@pytest.mark.parametrize(
    ("direction_lps", "letters"),
    [
        ((1, 0, 0), "L"),
        ((-2, 0, 0), "R"),
        ((0, 1, 0), "P"),
        ((0, -1, 0), "A"),
        ((0, 0, 1), "H"),
        ((0, 0, -1), "F"),
        ((0.5, 0, -0.8), "FL"),
        ((0.98, 0.1, -0.1), "L"),
        ((-0.5, 0.7, 0.6), "PHR"),
    ],
)
def test_a_direction_is_named_strongest_part_first(
    direction_lps: tuple[float, float, float], letters: str
) -> None:
    assert orientation_letters(np.array(direction_lps, dtype=np.float64)) == letters
