from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
from builders.lora_checkpoint import with_adapter
from builders.network_package import write_network_package
from builders.placed_channels import placed
from monai.networks.nets.segresnet import SegResNet
from monai.networks.nets.swin_unetr import SwinUNETR

from segrelay_contract.error_codes import ErrorCode
from segrelay_worker.errors import PermanentError
from segrelay_worker.segmenters.formats import SEGMENTER_FORMATS, open_segmenter
from segrelay_worker.segmenters.package import load_package
from segrelay_worker.segmenters.segmenter import Segmenter

SEGRESNET = """
[network]
class = "monai.networks.nets:SegResNet"

[network.arguments]
spatial_dims = 3
init_filters = 8
in_channels = 1
out_channels = 1
blocks_down = [1, 1]
blocks_up = [1]
"""
SWIN = """
[network]
class = "monai.networks.nets:SwinUNETR"
arguments = { in_channels = 1, out_channels = 1, feature_size = 12, depths = [1, 1, 1, 1] }
"""
VOLUME = np.random.default_rng(1).normal(size=(1, 16, 16, 16)).astype(np.float32)


def segresnet() -> SegResNet:
    torch.manual_seed(5)
    return SegResNet(
        spatial_dims=3,
        init_filters=8,
        in_channels=1,
        out_channels=1,
        blocks_down=(1, 1),
        blocks_up=(1,),
    ).eval()


def opened(folder: Path, saved: object, sections: str) -> Segmenter:
    write_network_package(folder, "state_dict", partial(torch.save, saved), sections=sections)
    return open_segmenter(load_package(folder), device="cpu", formats=SEGMENTER_FORMATS)


def by_itself(network: torch.nn.Module, volume: np.ndarray) -> np.ndarray:
    with torch.inference_mode():
        result: np.ndarray = network(torch.from_numpy(volume)[None])[0].numpy()
    return result


@pytest.mark.parametrize(
    ("wrap", "section"),
    [
        (lambda weights: weights, ""),
        (
            lambda weights: {"epoch": 7, "model_state_dict": weights},
            '[checkpoint]\nkey = "model_state_dict"\n',
        ),
        (
            lambda weights: {f"module.{name}": value for name, value in weights.items()},
            '[checkpoint]\nstrip_prefix = "module."\n',
        ),
    ],
    ids=["plain", "under a key", "with a prefix"],
)
def test_a_checkpoint_gives_what_its_network_gives_by_itself(
    tmp_path: Path, wrap: object, section: str
) -> None:
    network = segresnet()
    saved = wrap(network.state_dict())  # type: ignore[operator] # a lambda of the list above
    segmenter = opened(tmp_path, saved, SEGRESNET + section)
    result = segmenter.predict(placed(VOLUME), lambda _: None).probabilities_sxyz
    np.testing.assert_array_equal(result, by_itself(network, VOLUME))


def test_lora_adapters_are_merged_into_linear_layers_and_convolutions(tmp_path: Path) -> None:
    torch.manual_seed(5)
    network = SwinUNETR(in_channels=1, out_channels=1, feature_size=12, depths=(1, 1, 1, 1)).eval()
    plain = {name: value.clone() for name, value in network.state_dict().items()}
    linear, convolution = "swinViT.layers1.0.blocks.0.attn.qkv", "encoder1.layer.conv1.conv"
    saved = with_adapter(with_adapter(plain, linear, 4), convolution, 2)
    expected = dict(plain)
    for layer, rank in ((linear, 4), (convolution, 2)):
        down, up = (saved[f"{layer}.lora_{part}.default.weight"] for part in "AB")
        product = torch.einsum("or...,ri...->oi...", up, down)
        expected[f"{layer}.weight"] = plain[f"{layer}.weight"] + 8 / rank * product
    network.load_state_dict(expected)
    volume = np.random.default_rng(2).normal(size=(1, 64, 32, 32)).astype(np.float32)
    peft = {f"base_model.model.{name}": value for name, value in saved.items()}
    checkpoint = '[checkpoint]\nstrip_prefix = "base_model.model."\nlora_alpha = 8\n'
    segmenter = opened(tmp_path, peft, SWIN + checkpoint)
    result = segmenter.predict(placed(volume), lambda _: None).probabilities_sxyz
    np.testing.assert_allclose(result, by_itself(network, volume), rtol=1e-4, atol=1e-5)
    network.load_state_dict(plain)
    assert np.abs(result - by_itself(network, volume)).max() > 0.01


def refused(folder: Path, saved: object, sections: str) -> str:
    with pytest.raises(PermanentError) as caught:
        opened(folder, saved, sections)
    assert caught.value.code is ErrorCode.MODEL_UNREADABLE
    return str(caught.value)


def test_a_pickle_that_needs_code_is_refused_with_the_way_out(tmp_path: Path) -> None:
    assert "torch.save(model.state_dict(), ...)" in refused(tmp_path, segresnet(), SEGRESNET)


@pytest.mark.parametrize(
    ("saved", "sections", "said"),
    [
        ({"state": {}}, SEGRESNET + '[checkpoint]\nkey = "model"\n', "holds state"),
        ({"state": {"a": torch.zeros(1)}}, SEGRESNET, "holds state; name the part"),
        ({"a": torch.zeros(1)}, SEGRESNET, "it lacks a of the checkpoint"),
        ([1, 2], SEGRESNET, "holds no weights by name"),
        ({"a": torch.zeros(1)}, "", "network.class is missing"),
        ({"a": torch.zeros(1)}, SEGRESNET.replace("SegResNet", "SegRasNet"), "cannot be imported"),
        ({"a": torch.zeros(1)}, SEGRESNET.replace("monai.", "monei."), "monei is not installed"),
        ({"a": torch.zeros(1)}, SEGRESNET.replace("spatial_dims", "dims"), "do not fit"),
        ({"a": torch.zeros(1)}, '[network]\nclass = "json:dumps"\n', "is no torch Module"),
    ],
)
def test_what_does_not_fit_is_told_by_key_and_expectation(
    tmp_path: Path, saved: object, sections: str, said: str
) -> None:
    assert said in refused(tmp_path, saved, sections)


def test_a_weight_of_another_shape_is_named(tmp_path: Path) -> None:
    weights = segresnet().state_dict()
    name = next(iter(weights))
    weights[name] = torch.zeros(3)
    assert f"{name} is (3,), expected" in refused(tmp_path, weights, SEGRESNET)


def test_adapters_without_their_alpha_or_their_other_half_are_refused(tmp_path: Path) -> None:
    layer = "convInit.conv"
    weights = with_adapter(segresnet().state_dict(), layer, 2)
    assert "lora_alpha is missing" in refused(tmp_path / "alpha", weights, SEGRESNET)
    del weights[f"{layer}.lora_B.default.weight"]
    sections = SEGRESNET + "[checkpoint]\nlora_alpha = 8\n"
    assert f"adapter of {layer} is not complete" in refused(tmp_path / "half", weights, sections)
