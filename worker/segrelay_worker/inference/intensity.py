"""Brings the intensities of each channel to what a network was trained on."""

from __future__ import annotations

from collections.abc import Sequence
from types import EllipsisType

import numpy as np
from numpy.typing import NDArray

from segrelay_worker.inference.in_parts import in_parts
from segrelay_worker.inference.moments import mean_and_deviation
from segrelay_worker.inference.percentiles import percentiles_of
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
    changed = [
        _changed(channel, step) if step.roles is None or role in step.roles else channel
        for channel, role in zip(volume_cxyz, roles, strict=True)
    ]
    return np.stack(changed) if len(changed) > 1 else changed[0][np.newaxis]


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
    chosen = channel[_where(channel, voxels)].ravel(order="K")
    return percentiles_of(chosen, percentiles) if chosen.size else None


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
    chosen = channel[_where(channel, voxels)].ravel(order="K")
    if not chosen.size:
        return channel
    mean, deviation = mean_and_deviation(chosen)
    scored = np.empty_like(channel)

    def score(part: slice) -> None:
        before = channel[part]
        after = before - mean
        after /= deviation or 1.0
        scored[part] = np.where(before == 0, before, after) if voxels == "nonzero" else after

    in_parts(score, len(channel))
    return scored


def _scaled(channel: NDArray[np.float32], low: float, high: float) -> NDArray[np.float32]:
    """Clipped and spread over 0 to 1; a channel of one value becomes 0."""
    if high <= low:
        return np.zeros_like(channel)
    scaled = np.empty_like(channel)

    def scale(part: slice) -> None:
        scaled[part] = (channel[part].clip(low, high) - low) / (high - low)

    in_parts(scale, len(channel))
    return scaled


def _where(channel: NDArray[np.float32], voxels: Voxels) -> NDArray[np.bool_] | EllipsisType:
    return channel != 0 if voxels == "nonzero" else ...
