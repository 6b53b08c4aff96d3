"""A head in 200 slices of 256 × 256, as files, and three segments in it."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
from builders.mr_series import SeriesPlan, build_series, write_series
from numpy.typing import NDArray

SHAPE_ZYX = (200, 256, 256)
# Centre and radii of ellipsoids in voxels: what a brain takes of a head, a large and a small part.
SEGMENTS = (
    ((100, 128, 128), (70, 85, 70)),
    ((80, 100, 110), (30, 30, 30)),
    ((120, 140, 150), (12, 15, 10)),
)
HEAD = ((100, 128, 128), (90, 110, 90))
LABELS = ("Brain", "Lesion", "Core")


def write_head_series(folder: Path) -> None:
    """In shuffled order; noise keeps the slices from being alike."""
    slices = build_series(
        SeriesPlan(shape_zyx=(SHAPE_ZYX[0], 2, 2), spacing_zyx_mm=(1.0, 1.0, 1.0))
    )
    slices.sort(key=lambda one: float(one.ImagePositionPatient[2]))
    noise = np.random.default_rng(0).integers(0, 40, SHAPE_ZYX, dtype=np.uint16)
    values_zyx = (noise + 200 * _ellipsoid_zyx(*HEAD)).astype("<u2")
    for one, values_yx in zip(slices, values_zyx, strict=True):
        one.Rows, one.Columns = values_yx.shape
        one.PixelData = values_yx.tobytes()
    random.Random(0).shuffle(slices)  # noqa: S311 - repeatable, not secret
    write_series(slices, folder)


def head_mask_szyx() -> NDArray[np.bool_]:
    """[segment, slice, row, column]."""
    return np.stack([_ellipsoid_zyx(centre, radii) for centre, radii in SEGMENTS])


def _ellipsoid_zyx(centre: tuple[int, int, int], radii: tuple[int, int, int]) -> NDArray[np.bool_]:
    axes = zip(np.ogrid[tuple(slice(length) for length in SHAPE_ZYX)], centre, radii, strict=True)
    parts_zyx = [((axis - at) / far) ** 2 for axis, at, far in axes]
    inside: NDArray[np.bool_] = (parts_zyx[0] + parts_zyx[1] + parts_zyx[2]) <= 1.0
    return inside
