from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from segrelay_worker.segmenters.manifest import OutputSection


def cut_off(
    probabilities_sxyz: NDArray[np.float32], threshold: float, output: OutputSection
) -> NDArray[np.bool_]:
    """Which voxels belong to each segment, [segment, x, y, z]."""
    if output.activation != "argmax":
        return probabilities_sxyz > threshold
    background_xyz = 1 - probabilities_sxyz.sum(axis=0)
    best_xyz = probabilities_sxyz.argmax(axis=0)
    most_xyz = probabilities_sxyz.max(axis=0)
    segments = np.arange(len(probabilities_sxyz))[:, None, None, None]
    mask_sxyz: NDArray[np.bool_] = (best_xyz == segments) & (most_xyz > background_xyz)
    return mask_sxyz
