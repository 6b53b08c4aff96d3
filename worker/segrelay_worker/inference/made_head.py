"""A head that nobody has: its size and brightness are those of a scan, its content is none."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

HEAD_SHAPE = (176, 208, 176)  # voxels of 1 mm

_NOISE = 8.0


def made_head(seed: int, shape: tuple[int, int, int] = HEAD_SHAPE) -> NDArray[np.float32]:
    """Balls in balls of intensities that differ, rough and noisy, the same for the same seed.

    Seeds make different intensities at the same places, like the roles of a model.
    """
    random = np.random.default_rng(seed)
    places = np.random.default_rng(0)
    head_xyz = np.zeros(shape, dtype=np.float32)
    balls = [((0.0, 0.0, 0.0), 0.9), ((0.0, 0.0, 0.0), 0.82), ((0.0, 0.02, 0.04), 0.7)]
    balls += [((side, 0.05, 0.08), 0.12) for side in (-0.16, 0.16)]
    balls += [(tuple(places.uniform(-0.5, 0.5, 3)), places.uniform(0.05, 0.2)) for _ in range(8)]
    for centre, radius in balls:
        head_xyz[_is_inside(shape, centre, radius)] = random.uniform(100, 1000)
    rough = ndimage.gaussian_filter(random.standard_normal(shape, dtype=np.float32), 2.0)
    head_xyz *= 1 + 0.1 * rough / rough.std()
    noise = random.standard_normal(shape, dtype=np.float32) * np.float32(_NOISE)
    smooth_xyz: NDArray[np.float32] = ndimage.gaussian_filter(head_xyz, 0.7)
    return np.maximum(smooth_xyz + noise, 0)


def _is_inside(
    shape: tuple[int, int, int], centre: tuple[float, ...], radius: float
) -> NDArray[np.bool_]:
    axes = (np.linspace(-1, 1, length, dtype=np.float32) for length in shape)
    grids = np.meshgrid(*axes, indexing="ij", sparse=True)
    x, y, z = ((grid - at) ** 2 for grid, at in zip(grids, centre, strict=True))
    inside: NDArray[np.bool_] = x + y + z < radius**2
    return inside
