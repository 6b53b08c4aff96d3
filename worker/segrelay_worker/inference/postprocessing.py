"""Masks as the package wants them cleaned, one segment at a time."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from segrelay_worker.segmenters.postprocessing_steps import (
    FillHoles,
    LargestComponent,
    MinimumVolume,
    PostprocessingStep,
)

FACES = ndimage.generate_binary_structure(3, 1)  # 6 neighbours
FACES_EDGES_CORNERS = ndimage.generate_binary_structure(3, 3)  # 26 neighbours

ROUNDING = 1e-6  # of a voxel


def postprocessed(
    mask_xyz: NDArray[np.bool_],
    steps: Sequence[PostprocessingStep],
    *,
    segment: int,
    voxel_ml: float,
) -> NDArray[np.bool_]:
    """The mask of one segment after all steps that are about it, in their order."""
    for step in steps:
        if step.segments is None or segment in step.segments:
            mask_xyz = _changed(mask_xyz, step, voxel_ml)
    return mask_xyz


def _changed(
    mask_xyz: NDArray[np.bool_], step: PostprocessingStep, voxel_ml: float
) -> NDArray[np.bool_]:
    match step:
        case LargestComponent():
            return keep_largest_component(mask_xyz)
        case FillHoles():
            return fill_holes(mask_xyz)
        case MinimumVolume(ml=ml):
            return remove_smaller(mask_xyz, voxels=math.ceil(ml / voxel_ml - ROUNDING))


def keep_largest_component(mask_xyz: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Only the largest 26-connected component; of equal ones the first in index order."""
    box = _bounding_box(mask_xyz)
    if box is None:
        return mask_xyz
    labels, count = ndimage.label(mask_xyz[box], structure=FACES_EDGES_CORNERS)
    if count == 1:
        return mask_xyz
    sizes = _sizes(labels)
    kept = np.zeros_like(mask_xyz)
    kept[box] = labels == sizes.argmax()
    return kept


def remove_smaller(mask_xyz: NDArray[np.bool_], *, voxels: int) -> NDArray[np.bool_]:
    """Without the 26-connected components of fewer voxels than these."""
    box = _bounding_box(mask_xyz)
    if box is None:
        return mask_xyz
    labels, _ = ndimage.label(mask_xyz[box], structure=FACES_EDGES_CORNERS)
    stays = _sizes(labels) >= voxels
    stays[0] = False  # background
    kept = np.zeros_like(mask_xyz)
    kept[box] = stays[labels]
    return kept


def fill_holes(mask_xyz: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Adds background that no 6-connected path joins to the outside of the volume."""
    box = _bounding_box(mask_xyz)
    if box is None:
        return mask_xyz
    # One ring of background joins everything that lies open.
    labels, count = ndimage.label(~np.pad(mask_xyz[box], 1), structure=FACES)
    if count == 1:
        return mask_xyz
    filled = mask_xyz.copy()
    filled[box] = (labels != labels[0, 0, 0])[1:-1, 1:-1, 1:-1]
    return filled


def _sizes(labels: NDArray[np.int32]) -> NDArray[np.int64]:
    """Voxels by label; 0, the background, has none."""
    sizes = np.bincount(labels.ravel())
    sizes[0] = 0
    return sizes


def _bounding_box(mask_xyz: NDArray[np.bool_]) -> tuple[slice, ...] | None:
    boxes: list[tuple[slice, ...]] = ndimage.find_objects(mask_xyz.view(np.uint8))
    return boxes[0] if boxes else None
