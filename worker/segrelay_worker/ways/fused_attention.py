"""The shifted-window attention of MONAI's Swin networks by torch's fused kernel, masks kept.

MONAI makes a mask for each window at each call, most of which are the same: only the last windows
along an axis hold voxels that the shift brought together from two sides.
"""

from __future__ import annotations

import copy
import math
from dataclasses import dataclass
from typing import Any

import torch
from monai.networks.nets import swin_unetr as untyped_swin_unetr
from torch.nn.functional import scaled_dot_product_attention

swin_unetr: Any = untyped_swin_unetr


@dataclass(frozen=True)
class WindowMasks:
    """Windows that share a mask: `order` sorts them by it, `back` undoes that."""

    order: torch.Tensor
    back: torch.Tensor
    counts: list[int]
    masks: torch.Tensor  # [mask, voxel, voxel], to be added to the scores


def with_fused_attention(network: torch.nn.Module) -> torch.nn.Module:
    """A copy of one that has MONAI's, and gives the same but for rounding."""
    fused = copy.deepcopy(network)
    for module in list(fused.modules()):
        for name, child in module.named_children():
            if isinstance(child, swin_unetr.WindowAttention):
                setattr(module, name, _FusedAttention(child))
            elif isinstance(child, swin_unetr.BasicLayer):
                setattr(module, name, _Layer(child))
    return fused


class _Layer(torch.nn.Module):
    """MONAI's `BasicLayer`, whose masks are made once while its input keeps its size."""

    def __init__(self, layer: Any) -> None:  # noqa: ANN401 - MONAI has no types
        super().__init__()
        self.blocks, self.downsample = layer.blocks, layer.downsample
        self._window_size, self._shift_size = layer.window_size, layer.shift_size
        self._masks: dict[tuple[object, ...], WindowMasks] = {}

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """[n, channel, x, y, z], as MONAI's."""
        batch, _, *shape = x.shape
        masks = self._masks_for(tuple(shape), x.device)
        x = x.movedim(1, -1)
        for block in self.blocks:
            x = block(x, masks)
        x = x.view(batch, *shape, -1)
        if self.downsample is not None:
            x = self.downsample(x)
        return x.movedim(-1, 1)

    def _masks_for(self, shape: tuple[int, ...], device: torch.device) -> WindowMasks:
        known = self._masks.get((shape, device))
        if known is None:
            window, shift = swin_unetr.get_window_size(shape, self._window_size, self._shift_size)
            padded = [math.ceil(n / size) * size for n, size in zip(shape, window, strict=True)]
            known = _shared(swin_unetr.compute_mask(padded, window, shift, device))
            self._masks = {(shape, device): known}  # of one alone: volumes have ever other sizes
        return known


class _FusedAttention(torch.nn.Module):
    """MONAI's `WindowAttention` without its scores in memory."""

    def __init__(self, attention: Any) -> None:  # noqa: ANN401 - MONAI has no types
        super().__init__()
        self.qkv, self.proj = attention.qkv, attention.proj
        self._heads, self._scale = attention.num_heads, attention.scale
        table, index = attention.relative_position_bias_table, attention.relative_position_index
        self.register_buffer("_bias", table.detach()[index].permute(2, 0, 1).contiguous())

    def forward(self, x: torch.Tensor, mask: WindowMasks | None) -> torch.Tensor:
        """[window, voxel, channel], as MONAI's."""
        windows, voxels, channels = x.shape
        qkv = self.qkv(x).view(windows, voxels, 3, self._heads, channels // self._heads)
        bias = self.get_buffer("_bias")[:, :voxels, :voxels]
        parts = qkv.permute(2, 0, 3, 1, 4)
        if mask is None:
            attended = self._attended(parts, bias)
        else:
            attended = self._attended_by_mask(parts, bias, mask)
        output: torch.Tensor = self.proj(
            attended.transpose(1, 2).reshape(windows, voxels, channels)
        )
        return output

    def _attended(self, parts: torch.Tensor, bias: torch.Tensor) -> torch.Tensor:
        query, key, value = parts.unbind(0)
        return scaled_dot_product_attention(
            query, key, value, attn_mask=bias.to(query.dtype)[None], scale=self._scale
        )

    def _attended_by_mask(
        self, parts: torch.Tensor, bias: torch.Tensor, masks: WindowMasks
    ) -> torch.Tensor:
        """The windows of one volume after those of another, as in the batch."""
        count, *rest = len(masks.order), *parts.shape[2:]
        volumes = parts.reshape(3, -1, count, *rest).index_select(2, masks.order)
        attended = [
            self._attended(alike.flatten(1, 2), bias + mask).view(-1, alike.shape[2], *rest)
            for alike, mask in zip(
                torch.split(volumes, masks.counts, dim=2), masks.masks, strict=True
            )
        ]
        return torch.cat(attended, dim=1).index_select(1, masks.back).flatten(0, 1)


def _shared(masks: torch.Tensor) -> WindowMasks:
    """From one mask for each window, [window, voxel, voxel]."""
    kinds: list[torch.Tensor] = []
    members: list[list[int]] = []
    for window, mask in enumerate(masks):
        same = next((n for n, kind in enumerate(kinds) if torch.equal(kind, mask)), None)
        if same is None:
            kinds.append(mask)
            members.append([window])
        else:
            members[same].append(window)
    order = torch.tensor([window for group in members for window in group], device=masks.device)
    return WindowMasks(
        order, torch.argsort(order), [len(group) for group in members], torch.stack(kinds)
    )
