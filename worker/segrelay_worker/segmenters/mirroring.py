"""Test-time mirroring as nnU-Net does it (Isensee et al. 2021, doi:10.1038/s41592-020-01008-z)."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import torch

from segrelay_worker.segmenters.network import Network


def mirrored(network: Network, axes: Sequence[int]) -> Network:
    """The mean of what a network returns for its input flipped along each combination of axes.

    Axes are counted from 0 behind batch and channel. Without axes it is the network itself.
    """
    dims = [axis + 2 for axis in axes]
    flips = [flip for count in range(1, len(dims) + 1) for flip in combinations(dims, count)]

    def mean(batch: torch.Tensor) -> torch.Tensor:
        total = network(batch)
        for flip in flips:
            total = total + torch.flip(network(torch.flip(batch, flip)), flip)
        return total / (len(flips) + 1)

    return mean if flips else network
