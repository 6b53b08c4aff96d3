"""A head that nobody has: its size and brightness are those of a scan, its content is none."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

HEAD_SHAPE_ZYX = (160, 224, 192)  # of a scan with voxels of 1 mm

# Half axes as part of the volume's, and how bright: scalp, skull, brain, ventricles.
_SHELLS = ((0.92, 420), (0.86, 60), (0.80, 600), (0.22, 180))


def made_head(shape_zyx: tuple[int, int, int]) -> NDArray[np.uint16]:
    """Ellipsoids within each other, with some noise; the same in each call."""
    from_middle = [np.linspace(-1, 1, length) for length in shape_zyx]
    z, y, x = np.meshgrid(*from_middle, indexing="ij", sparse=True)
    distance = np.sqrt(x**2 + y**2 + z**2)
    head = np.zeros(shape_zyx, dtype=np.float32)
    for radius, brightness in _SHELLS:
        head[distance <= radius] = brightness
    noise = np.random.default_rng(0).normal(0, 20, shape_zyx)
    return np.clip(head + noise * (head > 0), 0, None).astype(np.uint16)
