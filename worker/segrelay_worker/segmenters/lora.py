"""Low-rank adapters merged into the weights that they adapt (Hu et al. 2021, arXiv:2106.09685)."""

from __future__ import annotations

import re
from collections.abc import Mapping

import torch

from segrelay_worker.segmenters.manifest import unreadable

# As peft names them: what is adapted, and the adapter's own name.
_BASE = re.compile(r"(?P<layer>.+)\.base_layer\.(?P<what>.+)")
_PART = re.compile(r"(?P<layer>.+)\.lora_(?P<part>[AB])\.(?P<adapter>[^.]+)\.weight")


def merge_lora(
    tensors: Mapping[str, torch.Tensor], *, alpha: float | None
) -> dict[str, torch.Tensor]:
    """Weight + (alpha / rank) · B · A for each adapted layer, under the name of the plain layer.

    Raises PermanentError model_unreadable if there are adapters and no `alpha`, or half of one.
    """
    parts = {name: found for name in tensors if (found := _PART.fullmatch(name))}
    if not parts:
        return dict(tensors)
    if alpha is None:
        raise unreadable("the checkpoint holds LoRA adapters: checkpoint.lora_alpha is missing")
    merged = {_plain(name): value for name, value in tensors.items() if name not in parts}
    for layer, adapter in {(found["layer"], found["adapter"]) for found in parts.values()}:
        down, up = (tensors.get(f"{layer}.lora_{part}.{adapter}.weight") for part in "AB")
        weight = merged.get(f"{layer}.weight")
        if down is None or up is None or weight is None:
            raise unreadable(f"the LoRA adapter of {layer} is not complete in the checkpoint")
        merged[f"{layer}.weight"] = weight + _difference(down, up, alpha).reshape(weight.shape)
    return merged


def _plain(name: str) -> str:
    found = _BASE.fullmatch(name)
    return f"{found['layer']}.{found['what']}" if found else name


def _difference(down: torch.Tensor, up: torch.Tensor, alpha: float) -> torch.Tensor:
    """Of a linear layer or of a convolution, whose kernel belongs to A; [out, in · kernel]."""
    rank = down.shape[0]
    return (alpha / rank) * (up.flatten(1) @ down.flatten(1))
