from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.distance import pdist

from segrelay_worker.dicom_results.in_plane_diameter import longest_in_plane_mm

SPACING_YX_MM = (1.3, 0.7)


def test_it_is_the_longest_of_all_lines_between_corners_within_a_slice() -> None:
    random = np.random.default_rng(4)
    for _ in range(20):
        mask_zyx = random.random((4, 7, 9)) < 0.3 * random.random()
        mask_zyx[1, 2, 3] = True
        longest_mm = max(
            pdist(_corners(mask_yx) * SPACING_YX_MM).max() for mask_yx in mask_zyx if mask_yx.any()
        )
        assert longest_in_plane_mm(mask_zyx, SPACING_YX_MM) == pytest.approx(longest_mm)


def test_a_line_across_slices_does_not_count() -> None:
    mask_zyx = np.zeros((9, 3, 3), dtype=bool)
    mask_zyx[:, 1, 1] = True
    assert longest_in_plane_mm(mask_zyx, (3.0, 4.0)) == pytest.approx(5.0)


def _corners(mask_yx: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> np.ndarray:
    marked = np.argwhere(mask_yx)
    return np.concatenate([np.add(marked, (down, right)) for down in (0, 1) for right in (0, 1)])
