"""Checkpoints of MONAI's networks on a real head, beside what a plain script finds with them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
from builders.colin27_series import write_coarse
from builders.lora_checkpoint import merged_by_hand, with_adapter
from builders.network_package import write_network_package
from integration.found_masks import found_by_worker
from integration.plain_script import (
    Scan,
    read_scan,
    sampled,
    sigmoid,
    through_network,
    to_ras,
    with_spacing,
    zscored,
)
from monai.networks.nets.segresnet import SegResNet
from monai.networks.nets.swin_unetr import SwinUNETR

from demo.comparison import compared
from demo.placed_mask import PlacedMask

pytestmark = pytest.mark.long

ALPHA = 8
SPACING_MM = (6.0, 6.0, 6.0)
WINDOW = (64, 32, 32)  # two of them, both padded
AROUND = """
[[input.preprocessing]]
step = "resample"
spacing_mm = [6.0, 6.0, 6.0]

[[input.preprocessing]]
step = "zscore"
voxels = "nonzero"

[window]
size = [64, 32, 32]
overlap = 0.25
blending = "gaussian"
"""
SWIN = """
[network]
class = "monai.networks.nets:SwinUNETR"
arguments = { in_channels = 1, out_channels = 1, feature_size = 12, depths = [1, 1, 1, 1] }
"""
SEGRESNET = """
[network]
class = "monai.networks.nets:SegResNet"
arguments = { in_channels = 1, out_channels = 1, init_filters = 8 }
"""


def swin_unetr() -> torch.nn.Module:
    torch.manual_seed(5)
    return SwinUNETR(in_channels=1, out_channels=1, feature_size=12, depths=(1, 1, 1, 1)).eval()


def segresnet() -> torch.nn.Module:
    torch.manual_seed(5)
    return SegResNet(in_channels=1, out_channels=1, init_filters=8).eval()


Weights = Mapping[str, torch.Tensor]
# What is saved of the weights, and what model.toml says of the checkpoint.
CHECKPOINTS: dict[str, tuple[Callable[[Weights], object], str]] = {
    "plain": (dict, ""),
    "under a key": (
        lambda weights: {"epoch": 7, "model_state_dict": weights},
        '[checkpoint]\nkey = "model_state_dict"\n',
    ),
    "with a prefix": (
        lambda weights: {f"module.{name}": value for name, value in weights.items()},
        '[checkpoint]\nstrip_prefix = "module."\n',
    ),
}
LORA = f'[checkpoint]\nstrip_prefix = "base_model.model."\nlora_alpha = {ALPHA}\n'
# How to make it, how model.toml names it, which layer an adapter adapts.
NETWORKS: dict[str, tuple[Callable[[], torch.nn.Module], str, str]] = {
    "SwinUNETR": (swin_unetr, SWIN, "swinViT.layers1.0.blocks.0.attn.qkv"),
    "SegResNet": (segresnet, SEGRESNET, "down_layers.0.1.conv1.conv"),
}


@pytest.fixture(scope="module")
def series(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_coarse(tmp_path_factory.mktemp("head") / "series")


@pytest.fixture(scope="module")
def head(series: Path) -> Scan:
    return to_ras(read_scan(series))


def probability(network: torch.nn.Module, head: Scan) -> Scan:
    """On the grid of the head."""
    wanted = with_spacing(head, SPACING_MM)
    logits = through_network(
        network, zscored(wanted.values)[None], window=WINDOW, overlap=0.25, mode="gaussian"
    )
    found = Scan(sigmoid(logits), wanted.affine)
    return Scan(sampled(found, head.affine, head.values.shape), head.affine)


def halves(found: Scan) -> float:
    """A threshold that half of the voxels exceed: nobody trained the network to another one."""
    return round(float(np.median(found.values)), 5)


def mask(found: Scan, threshold: float) -> PlacedMask:
    return PlacedMask(found.values > threshold, found.affine)


@pytest.mark.parametrize("name", NETWORKS)
def test_a_checkpoint_finds_what_a_plain_script_finds(
    tmp_path: Path, series: Path, head: Scan, name: str
) -> None:
    make, section, _ = NETWORKS[name]
    network = make()
    reference = probability(network, head)
    threshold = halves(reference)
    for kind, (saved, checkpoint) in CHECKPOINTS.items():
        package = write_network_package(
            tmp_path / kind,
            "state_dict",
            partial(torch.save, saved(network.state_dict())),
            activation="sigmoid",
            threshold=threshold,
            sections=AROUND + section + checkpoint,
        )
        found = found_by_worker(package, {"t1": series})
        assert compared(found, reference=mask(reference, threshold)).voxels_different == 0, kind
    mirrored = Scan(reference.values[::-1], reference.affine)
    assert compared(found, reference=mask(mirrored, threshold)).dice < 0.99


@pytest.mark.parametrize("name", NETWORKS)
def test_lora_adapters_are_part_of_what_is_found(
    tmp_path: Path, series: Path, head: Scan, name: str
) -> None:
    make, section, layer = NETWORKS[name]
    network = make()
    weights = {key: value.clone() for key, value in network.state_dict().items()}
    adapted = with_adapter(weights, layer, rank=4)
    not_adapted = probability(network, head)
    network.load_state_dict(merged_by_hand(weights, adapted, layer, alpha=ALPHA))
    reference = probability(network, head)
    threshold = halves(reference)
    package = write_network_package(
        tmp_path,
        "state_dict",
        partial(torch.save, {f"base_model.model.{key}": value for key, value in adapted.items()}),
        activation="sigmoid",
        threshold=threshold,
        sections=AROUND + section + LORA,
    )
    found = found_by_worker(package, {"t1": series})
    assert compared(found, reference=mask(reference, threshold)).voxels_different == 0
    assert compared(found, reference=mask(not_adapted, threshold)).dice < 0.99
