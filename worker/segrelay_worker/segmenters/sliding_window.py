"""A network over windows of a volume, placed and blended as MONAI does it."""

from __future__ import annotations

import math

import torch
from monai.inferers.utils import sliding_window_inference

from segrelay_worker.segmenters.manifest import WindowSection
from segrelay_worker.segmenters.network import Network
from segrelay_worker.segmenters.segmenter import ReportFraction


def through_windows(
    network: Network, batch: torch.Tensor, *, window: WindowSection, report: ReportFraction
) -> torch.Tensor:
    """What the network makes of [1, role, x, y, z], blended where windows overlap.

    A volume that is smaller than the window is padded with zeros, which the output lacks again.
    """
    calls = math.ceil(window_count(tuple(batch.shape[2:]), window) / window.batch)
    done = 0

    def counted(windows: torch.Tensor) -> torch.Tensor:
        nonlocal done
        output = network(windows)
        done += 1
        report(done / calls)
        return output

    output = sliding_window_inference(
        inputs=batch,
        roi_size=window.size,
        sw_batch_size=window.batch,
        predictor=counted,
        overlap=window.overlap,
        mode=window.blending,
    )
    if not isinstance(output, torch.Tensor):
        raise TypeError(f"the network returned {type(output).__name__}, expected one tensor")
    return output


def window_count(shape_xyz: tuple[int, ...], window: WindowSection) -> int:
    """How many windows cover a volume of this shape."""
    return math.prod(
        _along_axis(max(length, size), size, window.overlap)
        for length, size in zip(shape_xyz, window.size, strict=True)
    )


def _along_axis(length: int, size: int, overlap: float) -> int:
    step = max(int(size * (1 - overlap)), 1)
    return math.ceil((length - size) / step) + 1
