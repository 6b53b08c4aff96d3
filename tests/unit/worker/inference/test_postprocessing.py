from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray
from scipy import ndimage

from segrelay_worker.inference.postprocessing import fill_holes, keep_largest_component


def _empty() -> NDArray[np.bool_]:
    return np.zeros((7, 8, 9), dtype=bool)


def test_only_the_largest_component_stays() -> None:
    mask = _empty()
    mask[1:3, 1:3, 1:3] = True
    mask[5, 6, 7] = True
    kept = keep_largest_component(mask)
    assert kept.sum() == 8
    assert not kept[5, 6, 7]


def test_voxels_that_touch_at_a_corner_belong_together() -> None:
    mask = _empty()
    mask[1, 1, 1] = mask[2, 2, 2] = mask[3, 3, 3] = True
    mask[6, 6, 5:7] = True
    kept = keep_largest_component(mask)
    assert kept.sum() == 3
    assert kept[2, 2, 2]


def test_a_hole_is_filled() -> None:
    mask = _empty()
    mask[1:6, 1:6, 1:6] = True
    mask[3, 3, 3] = False
    assert fill_holes(mask)[3, 3, 3]
    assert fill_holes(mask).sum() == 125


def test_a_hole_with_a_way_out_through_a_face_stays() -> None:
    mask = _empty()
    mask[1:6, 1:6, 1:6] = True
    mask[3, 3, 3:6] = False
    assert fill_holes(mask).sum() == mask.sum()


def test_a_hole_that_only_corners_join_to_the_outside_is_filled() -> None:
    mask = _empty()
    mask[1:6, 1:6, 1:6] = True
    mask[2, 2, 2] = mask[1, 1, 1] = False
    assert fill_holes(mask)[2, 2, 2]
    assert not fill_holes(mask)[1, 1, 1]


@given(arrays.arrays(np.bool_, arrays.array_shapes(min_dims=3, max_dims=3, max_side=6)))
def test_filling_agrees_with_the_definition(mask: NDArray[np.bool_]) -> None:
    np.testing.assert_array_equal(fill_holes(mask), ndimage.binary_fill_holes(mask))


def test_an_empty_mask_stays_empty() -> None:
    assert not keep_largest_component(_empty()).any()
    assert not fill_holes(_empty()).any()
