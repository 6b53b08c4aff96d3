"""Brings the intensities of each channel to what a network was trained on."""

from __future__ import annotations

from collections.abc import Sequence
from types import EllipsisType

import numpy as np
from numpy.typing import NDArray

from segrelay_worker.segmenters.intensity_steps import (
    FixedWindow,
    Landmarks,
    MinMax,
    OwnIntensityStep,
    Percentiles,
    Voxels,
    ZScore,
)


def normalised(
    volume_cxyz: NDArray[np.float32], step: OwnIntensityStep, roles: Sequence[str]
) -> NDArray[np.float32]:
    """[role, x, y, z]: the channels that the step is about, each by itself; others as they are."""
    result = np.empty_like(volume_cxyz)
    for index, role in enumerate(roles):
        channel, is_meant = volume_cxyz[index], step.roles is None or role in step.roles
        result[index] = _changed(channel, step) if is_meant else channel
    return result


def _changed(channel: NDArray[np.float32], step: OwnIntensityStep) -> NDArray[np.float32]:
    match step:
        case ZScore(voxels=voxels):
            return _z_scored(channel, voxels)
        case Percentiles(lower=lower, upper=upper, voxels=voxels):
            found = _percentiles(channel, (lower, upper), voxels)
            return channel if found is None else _scaled(channel, float(found[0]), float(found[1]))
        case MinMax():
            return _scaled(channel, float(channel.min()), float(channel.max()))
        case FixedWindow(lower=lower, upper=upper):
            return _scaled(channel, lower, upper)
        case Landmarks(percentiles=percentiles, values=values, voxels=voxels):
            found = _percentiles(channel, percentiles, voxels)
            return channel if found is None else _moved(channel, found, np.array(values))


def _percentiles(
    channel: NDArray[np.float32], percentiles: Sequence[float], voxels: Voxels
) -> NDArray[np.float64] | None:
    """None where no voxel is chosen."""
    chosen = channel[_where(channel, voxels)]
    return np.percentile(chosen, percentiles).astype(np.float64) if chosen.size else None


def _moved(
    channel: NDArray[np.float32], landmarks: NDArray[np.float64], values: NDArray[np.float64]
) -> NDArray[np.float32]:
    """Landmarks to values, linear in between; outside, the first and the last slope go on."""
    landmarks, firsts = np.unique(landmarks, return_index=True)  # flat histograms share some
    values = values[firsts]
    if len(landmarks) == 1:
        return np.full_like(channel, values[0])
    slopes = np.diff(values) / np.diff(landmarks)
    moved = np.interp(channel, landmarks, values).astype(np.float32)
    moved += float(slopes[0]) * np.minimum(channel - float(landmarks[0]), 0)
    moved += float(slopes[-1]) * np.maximum(channel - float(landmarks[-1]), 0)
    return moved


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


def _where(channel: NDArray[np.float32], voxels: Voxels) -> NDArray[np.bool_] | EllipsisType:
    return channel != 0 if voxels == "nonzero" else ...
