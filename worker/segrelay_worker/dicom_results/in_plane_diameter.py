"""The longest line within one slice of a mask, from edge to edge of its voxels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import ConvexHull
from scipy.spatial.distance import pdist

_DIRECTIONS = 16  # in which every slice is gauged before the longest are measured


@dataclass(frozen=True)
class _RowRuns:
    """Of each row, from which edge to which the mask reaches; in mm, [slice, row].

    Rows without mask hold not-a-number.
    """

    top: NDArray[np.float64]
    bottom: NDArray[np.float64]
    left: NDArray[np.float64]
    right: NDArray[np.float64]


def longest_in_plane_mm(mask_zyx: NDArray[np.bool_], spacing_yx_mm: tuple[float, float]) -> float:
    """0 for an empty mask; the diagonal of a voxel for a single one."""
    slices_zyx = mask_zyx[mask_zyx.any(axis=(1, 2))]
    if not len(slices_zyx):
        return 0.0
    runs = _row_runs(slices_zyx, spacing_yx_mm)
    widths_mm = _greatest_widths_mm(runs)
    # The diameter of a slice is no less than its width in any direction, and hardly more than the
    # greatest of these: few slices can hold the longest line.
    hardly_more = 1.0 / np.cos(np.pi / (2 * _DIRECTIONS))
    candidates = np.flatnonzero(widths_mm * hardly_more >= widths_mm.max())
    return max(_diameter_mm(runs, index) for index in candidates)


def _row_runs(slices_zyx: NDArray[np.bool_], spacing_yx_mm: tuple[float, float]) -> _RowRuns:
    between_rows_mm, between_columns_mm = spacing_yx_mm
    _, rows, columns = slices_zyx.shape
    is_marked = slices_zyx.any(axis=2)
    top = np.where(is_marked, np.arange(rows, dtype=np.float64), np.nan)
    first = slices_zyx.argmax(axis=2)
    after_last = columns - slices_zyx[:, :, ::-1].argmax(axis=2)
    return _RowRuns(
        top=top * between_rows_mm,
        bottom=(top + 1) * between_rows_mm,
        left=np.where(is_marked, first, np.nan) * between_columns_mm,
        right=np.where(is_marked, after_last, np.nan) * between_columns_mm,
    )


def _greatest_widths_mm(runs: _RowRuns) -> NDArray[np.float64]:
    """Of each slice, over evenly spread directions from downwards to upwards."""
    widths_mm = []
    for angle in np.arange(_DIRECTIONS) * np.pi / _DIRECTIONS:
        down, right = np.cos(angle), np.sin(angle)  # the latter is never negative
        lower, upper = (runs.bottom, runs.top) if down >= 0 else (runs.top, runs.bottom)
        farthest = np.nanmax(lower * down + runs.right * right, axis=1)
        nearest = np.nanmin(upper * down + runs.left * right, axis=1)
        widths_mm.append(farthest - nearest)
    greatest: NDArray[np.float64] = np.max(widths_mm, axis=0)
    return greatest


def _diameter_mm(runs: _RowRuns, index: np.intp) -> float:
    corners = [
        np.stack([edge[index], side[index]], axis=1)
        for edge in (runs.top, runs.bottom)
        for side in (runs.left, runs.right)
    ]
    points = np.concatenate(corners)
    points = points[~np.isnan(points[:, 0])]
    return float(pdist(points[ConvexHull(points).vertices]).max())
