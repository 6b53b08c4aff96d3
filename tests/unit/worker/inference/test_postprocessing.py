from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from hypothesis import given
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray
from pydantic import TypeAdapter
from scipy import ndimage

from segrelay_worker.inference.postprocessing import (
    fill_holes,
    keep_largest_component,
    postprocessed,
    remove_smaller,
)
from segrelay_worker.segmenters.postprocessing_steps import PostprocessingStep

STEPS: TypeAdapter[tuple[PostprocessingStep, ...]] = TypeAdapter(tuple[PostprocessingStep, ...])


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
    assert not remove_smaller(_empty(), voxels=1).any()


def _after(
    mask: NDArray[np.bool_], *steps: Mapping[str, object], segment: int = 1, voxel_ml: float = 0.001
) -> NDArray[np.bool_]:
    read = STEPS.validate_python(steps)
    return postprocessed(mask, read, segment=segment, voxel_ml=voxel_ml)


def _two_components() -> NDArray[np.bool_]:
    """One of 8 voxels, one of 3 that touch at their corners."""
    mask = _empty()
    mask[0:2, 0:2, 0:2] = True
    mask[4, 4, 4] = mask[5, 5, 5] = mask[6, 6, 6] = True
    return mask


def test_components_below_the_volume_are_removed() -> None:
    by_ml = {
        ml: _after(_two_components(), {"step": "minimum_volume", "ml": ml}).sum()
        for ml in (0.003, 0.0031, 0.008, 0.0081)
    }
    assert by_ml == {0.003: 11, 0.0031: 8, 0.008: 8, 0.0081: 0}


def test_the_volume_of_a_voxel_counts() -> None:
    step = {"step": "minimum_volume", "ml": 0.3}  # 3 × 0.1 is a little more than 0.3
    assert _after(_two_components(), step, voxel_ml=0.1).sum() == 11


def test_a_step_may_be_about_some_segments_alone() -> None:
    step = {"step": "largest_component", "segments": [2]}
    assert _after(_two_components(), step, segment=1).sum() == 11
    assert _after(_two_components(), step, segment=2).sum() == 8


def test_steps_are_done_in_their_order() -> None:
    shell = np.zeros((12, 9, 9), dtype=bool)
    shell[0:5, 0:5, 0:5] = True
    shell[1:4, 1:4, 1:4] = False  # 98 voxels
    shell[7:12, 0:5, 0:4] = True  # 100 voxels
    largest, filled = {"step": "largest_component"}, {"step": "fill_holes"}
    assert _after(shell, largest, filled).sum() == 100
    assert _after(shell, filled, largest).sum() == 125
