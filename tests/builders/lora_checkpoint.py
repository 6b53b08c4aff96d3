from __future__ import annotations

from collections.abc import Mapping

import torch

Weights = dict[str, torch.Tensor]


def with_adapter(weights: Mapping[str, torch.Tensor], layer: str, rank: int) -> Weights:
    """As peft saves it: the layer's own weights moved, and the two factors beside them."""
    weight = weights[f"{layer}.weight"]
    moved = {
        name.replace(f"{layer}.", f"{layer}.base_layer.")
        if name.startswith(f"{layer}.")
        else name: v
        for name, v in weights.items()
    }
    kernel = weight.shape[2:]
    down = torch.randn(rank, weight.shape[1], *kernel)
    up = torch.randn(weight.shape[0], rank, *(1 for _ in kernel))
    return moved | {f"{layer}.lora_A.default.weight": down, f"{layer}.lora_B.default.weight": up}


def merged_by_hand(
    weights: Mapping[str, torch.Tensor], saved: Weights, layer: str, *, alpha: float
) -> Weights:
    """The plain weights with what the adapter of one layer adds to them (arXiv:2106.09685)."""
    down, up = (saved[f"{layer}.lora_{part}.default.weight"] for part in "AB")
    added = alpha / len(down) * (up.flatten(1) @ down.flatten(1))
    weight = weights[f"{layer}.weight"]
    return {**weights, f"{layer}.weight": weight + added.reshape(weight.shape)}
