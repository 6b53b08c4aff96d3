"""Brings the intensities of each channel to what a network was trained on."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from segrelay_worker.segmenters.intensity_steps import (
    FixedWindow,
    IntensityStep,
    MinMax,
    Percentiles,
    Voxels,
    ZScore,
)


def normalised(
    volume_cxyz: NDArray[np.float32], steps: Sequence[IntensityStep]
) -> NDArray[np.float32]:
    """[role, x, y, z], each role by itself, step by step in the package's order."""
    if not steps:
        return volume_cxyz
    channels = list(volume_cxyz)
    for step in steps:
        channels = [_changed(channel, step) for channel in channels]
    return np.stack(channels)


def _changed(channel: NDArray[np.float32], step: IntensityStep) -> NDArray[np.float32]:
    match step:
        case ZScore(voxels=voxels):
            return _z_scored(channel, voxels)
        case Percentiles(lower=lower, upper=upper, voxels=voxels):
            chosen = channel[_where(channel, voxels)]
            if not chosen.size:
                return channel
            low, high = np.percentile(chosen, [lower, upper])
            return _scaled(channel, float(low), float(high))
        case MinMax():
            return _scaled(channel, float(channel.min()), float(channel.max()))
        case FixedWindow(lower=lower, upper=upper):
            return _scaled(channel, lower, upper)


def _z_scored(channel: NDArray[np.float32], voxels: Voxels) -> NDArray[np.float32]:
    """Mean 0 and standard deviation 1 of the chosen voxels; the others stay as they are."""
    where = _where(channel, voxels)
    chosen = channel[where]
    if not chosen.size:
        return channel
    result = channel.copy()
    result[where] = (chosen - chosen.mean(dtype=np.float64)) / (chosen.std(dtype=np.float64) or 1.0)
    return result


def _scaled(channel: NDArray[np.float32], low: float, high: float) -> NDArray[np.float32]:
    """Clipped and spread over 0 to 1; a channel of one value becomes 0."""
    if high <= low:
        return np.zeros_like(channel)
    scaled = (channel.clip(low, high) - low) / (high - low)
    return scaled.astype(np.float32, copy=False)


def _where(channel: NDArray[np.float32], voxels: Voxels) -> NDArray[np.bool_]:
    return channel != 0 if voxels == "nonzero" else np.ones(channel.shape, dtype=bool)
