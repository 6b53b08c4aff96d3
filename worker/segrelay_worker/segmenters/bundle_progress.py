from __future__ import annotations

import math

import torch
from monai.inferers.inferer import SlidingWindowInferer
from monai.utils.misc import fall_back_tuple

from segrelay_worker.segmenters.manifest import WindowSection
from segrelay_worker.segmenters.network import Network
from segrelay_worker.segmenters.segmenter import ReportFraction
from segrelay_worker.segmenters.sliding_window import window_count


def reporting(
    network: Network, inferer: object, shape_xyz: tuple[int, ...], report: ReportFraction
) -> Network:
    """The network, telling after each call how many of the inferer's calls are done."""
    calls = _calls(inferer, shape_xyz)
    done = 0

    def counted(*args: torch.Tensor, **kwargs: torch.Tensor) -> torch.Tensor:
        nonlocal done
        output = network(*args, **kwargs)
        done += 1
        report(min(done / calls, 1.0))
        return output

    return counted


def _calls(inferer: object, shape_xyz: tuple[int, ...]) -> int:
    """1 where nobody knows."""
    if not isinstance(inferer, SlidingWindowInferer) or not isinstance(inferer.overlap, float):
        return 1
    size = fall_back_tuple(inferer.roi_size, shape_xyz)
    windows = window_count(shape_xyz, WindowSection(size=size, overlap=inferer.overlap))
    return math.ceil(windows / inferer.sw_batch_size)
