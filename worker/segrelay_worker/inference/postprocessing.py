"""Probabilities → mask, one segment at a time."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

FACES = ndimage.generate_binary_structure(3, 1)  # 6 neighbours
FACES_EDGES_CORNERS = ndimage.generate_binary_structure(3, 3)  # 26 neighbours


def keep_largest_component(mask_xyz: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Only the largest 26-connected component; of equal ones the first in index order."""
    box = _bounding_box(mask_xyz)
    if box is None:
        return mask_xyz
    labels, count = ndimage.label(mask_xyz[box], structure=FACES_EDGES_CORNERS)
    if count == 1:
        return mask_xyz
    sizes = np.bincount(labels.ravel())
    sizes[0] = 0  # background
    kept = np.zeros_like(mask_xyz)
    kept[box] = labels == sizes.argmax()
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


def _bounding_box(mask_xyz: NDArray[np.bool_]) -> tuple[slice, ...] | None:
    boxes: list[tuple[slice, ...]] = ndimage.find_objects(mask_xyz.view(np.uint8))
    return boxes[0] if boxes else None
