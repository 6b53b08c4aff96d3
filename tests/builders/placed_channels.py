from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from segrelay_worker.segmenters.segmenter import PlacedChannels


def placed(
    array_cxyz: NDArray[np.float32], spacing_xyz_mm: tuple[float, float, float] = (1.0, 1.0, 1.0)
) -> PlacedChannels:
    """Channels along the axes of the patient, first voxel at the origin."""
    return PlacedChannels(array_cxyz, np.diag([*spacing_xyz_mm, 1.0]))
