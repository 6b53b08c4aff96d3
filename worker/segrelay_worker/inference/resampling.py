"""One volume on the grid of another, by where both lie in the patient."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from segrelay_worker.series_volume.volume import SeriesVolume

SAME_GRID = 0.01  # of a voxel's shortest edge: headers are rounded
ROUNDING = 1e-6  # of a voxel


@dataclass(frozen=True)
class Resampled:
    """Values on the grid [slice, row, column], and how much of it the volume fills, 0 to 1."""

    array_zyx: NDArray[np.float32]
    covered: float


def onto_grid(volume: SeriesVolume, grid: SeriesVolume) -> Resampled:
    """Linear between voxel centres, 0 outside of the outermost voxels.

    What lies on the same grid already comes back untouched.
    """
    if is_same_grid(volume, grid):
        return Resampled(volume.array_zyx, 1.0)
    array_zyx = np.zeros(grid.array_zyx.shape, dtype=np.float32)
    filled = 0
    for index, places in enumerate(_places(volume, grid)):
        inside = _is_inside(places, volume.array_zyx.shape)
        # Beyond the outermost centres, the outermost voxel reaches for half of its edge.
        array_zyx[index][inside] = ndimage.map_coordinates(
            volume.array_zyx, places[:, inside], output=np.float32, order=1, mode="nearest"
        )
        filled += int(np.count_nonzero(inside))
    return Resampled(array_zyx, filled / array_zyx.size)


def is_same_grid(a: SeriesVolume, b: SeriesVolume) -> bool:
    """No voxel is elsewhere, other than by rounding."""
    if a.array_zyx.shape != b.array_zyx.shape:
        return False
    corners = [(*corner, 1) for corner in product(*((0, n - 1) for n in a.array_zyx.shape))]
    apart_mm = np.array(corners) @ (a.affine_zyx_to_lps - b.affine_zyx_to_lps).T
    limit_mm = SAME_GRID * min(b.spacing_zyx_mm)
    return bool(np.linalg.norm(apart_mm, axis=1).max() <= limit_mm)


def _places(volume: SeriesVolume, grid: SeriesVolume) -> Iterator[NDArray[np.float64]]:
    """For each slice of the grid: where its voxels lie in the volume, [zyx, row, column]."""
    to_index = np.linalg.inv(volume.affine_zyx_to_lps) @ grid.affine_zyx_to_lps
    slices, rows, columns = grid.array_zyx.shape
    in_first = np.tensordot(to_index[:3, 1:3], np.indices((rows, columns)), axes=1)
    in_first += to_index[:3, 3, None, None]
    for number in range(slices):
        yield in_first + number * to_index[:3, 0, None, None]


def _is_inside(places: NDArray[np.float64], shape_zyx: tuple[int, ...]) -> NDArray[np.bool_]:
    middle = (np.array(shape_zyx)[:, None, None] - 1) / 2
    reach = np.array(shape_zyx)[:, None, None] / 2 + ROUNDING
    inside: NDArray[np.bool_] = np.all(np.abs(places - middle) <= reach, axis=0)
    return inside
