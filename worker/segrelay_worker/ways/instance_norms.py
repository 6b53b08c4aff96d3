"""Instance normalisation in a form that OpenVINO has a kernel for.

As torch exports it, it falls apart into steps. In 16 bits the mean and the deviation of each
channel are then rounded, and with them all voxels alike.
"""

from __future__ import annotations

import copy

import torch
from torch.nn.functional import layer_norm
from torch.nn.modules.instancenorm import _InstanceNorm


def with_layer_norms(network: torch.nn.Module) -> torch.nn.Module:
    """A copy of one that normalises each channel by itself; any other network as it is."""
    if not any(_is_meant(module) for module in network.modules()):
        return network
    changed = copy.deepcopy(network)
    for module in list(changed.modules()):
        for name, child in module.named_children():
            if isinstance(child, _InstanceNorm) and _is_meant(child):
                setattr(module, name, _OverVoxels(child))
    return changed


def _is_meant(module: torch.nn.Module) -> bool:
    """Not one that keeps what it learned of the mean."""
    return isinstance(module, _InstanceNorm) and not module.track_running_stats


class _OverVoxels(torch.nn.Module):
    """Layer normalisation over the voxels of a channel, which is the same."""

    def __init__(self, norm: _InstanceNorm) -> None:
        super().__init__()
        self._eps, self.weight, self.bias = norm.eps, norm.weight, norm.bias

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """[n, channel, x, y, z], as torch's."""
        normed = layer_norm(x, x.shape[2:], eps=self._eps)
        if self.weight is None:
            return normed
        for_each_channel = (-1, *[1] * (x.ndim - 2))
        return normed * self.weight.view(for_each_channel) + self.bias.view(for_each_channel)
