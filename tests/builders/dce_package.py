"""A SwinUNETR for four phases whose weights are random, and a package of it with LoRA adapters."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import torch
from builders.dce_series import ROLES
from builders.lora_checkpoint import Weights, merged_by_hand, with_adapter
from builders.network_package import write_network_package
from monai.networks.nets.swin_unetr import SwinUNETR

SEED = 41
# Little to compute for one of its kind, and yet windows that are shifted in one of its stages.
FEATURE_SIZE = 12
DEPTHS = (1, 2, 1, 1)
RANK, ALPHA = 8, 16
ADAPTED = (
    "swinViT.layers1.0.blocks.0.attn.qkv",
    "swinViT.layers2.0.blocks.1.attn.proj",
    "swinViT.layers3.0.blocks.0.mlp.linear1",
)
# Of the last layer: logits that nobody trained lie around anything and near to each other; three
# voxels of ten are to be found, most of them for sure.
GAIN, CUT = 10.0, 0.68

BEFORE = f"""
[[input.preprocessing]]
step = "resample"
spacing_mm = [1.5, 1.5, 1.5]
interpolation = "linear"

[[input.preprocessing]]
step = "zscore"
voxels = "nonzero"

[window]
size = [128, 128, 128]
overlap = 0.25
blending = "constant"

[network]
class = "monai.networks.nets:SwinUNETR"

[network.arguments]
in_channels = 4
out_channels = 1
feature_size = {FEATURE_SIZE}
depths = {list(DEPTHS)}

[checkpoint]
key = "model_state_dict"
strip_prefix = "base_model.model."
lora_alpha = {ALPHA}
"""
AFTER = """
[[output.postprocessing]]
step = "largest_component"

[[output.postprocessing]]
step = "fill_holes"
"""


def dce_network() -> torch.nn.Module:
    """With the adapters merged."""
    network = _network()
    weights, adapted = _checkpoint(network)
    for layer in ADAPTED:
        weights = merged_by_hand(weights, adapted, layer, alpha=ALPHA)
    network.load_state_dict(weights)
    return network


def write_dce_package(folder: Path, *, cleaned: bool) -> Path:
    """With the adapters beside the weights; returns the path of the weights file."""
    _, adapted = _checkpoint(_network())
    saved = {f"base_model.model.{name}": value for name, value in adapted.items()}
    return write_network_package(
        folder,
        "state_dict",
        partial(torch.save, {"model_state_dict": saved}),
        activation="sigmoid",
        roles=ROLES,
        name="dce-swin",
        sections=BEFORE + (AFTER if cleaned else ""),
    )


def _network() -> torch.nn.Module:
    torch.manual_seed(SEED)
    return SwinUNETR(in_channels=4, out_channels=1, feature_size=FEATURE_SIZE, depths=DEPTHS).eval()


def _checkpoint(network: torch.nn.Module) -> tuple[Weights, Weights]:
    """Plain, and with an adapter beside each of some layers."""
    weights = {name: value.clone() for name, value in network.state_dict().items()}
    weights["out.conv.conv.weight"] *= GAIN
    weights["out.conv.conv.bias"] = GAIN * (weights["out.conv.conv.bias"] - CUT)
    adapted = dict(weights)
    torch.manual_seed(SEED + 1)
    for layer in ADAPTED:
        adapted = with_adapter(adapted, layer, RANK)
    return weights, adapted
