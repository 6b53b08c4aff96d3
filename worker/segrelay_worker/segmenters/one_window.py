"""A volume that fits into one window: nothing is blended there."""

from __future__ import annotations

import torch
from torch.nn.functional import pad

from segrelay_worker.segmenters.manifest import WindowSection
from segrelay_worker.segmenters.network import Network


def fits_one_window(batch: torch.Tensor, window: WindowSection) -> bool:
    """Whether [1, role, x, y, z] is nowhere longer than the window."""
    return all(length <= size for length, size in zip(batch.shape[2:], window.size, strict=True))


def through_one_window(
    network: Network, batch: torch.Tensor, window: WindowSection
) -> torch.Tensor:
    """Padded with zeros as MONAI does it, which the output lacks again."""
    lengths = batch.shape[2:]
    missing = [size - length for length, size in zip(lengths, window.size, strict=True)]
    around = [width for n in reversed(missing) for width in (n // 2, n - n // 2)]
    output = network(pad(batch, around) if any(missing) else batch)
    inner = (slice(n // 2, n // 2 + length) for n, length in zip(missing, lengths, strict=True))
    return output[:, :, *inner]
