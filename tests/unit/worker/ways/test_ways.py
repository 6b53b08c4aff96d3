"""Every way that this machine offers, on networks small enough for a test."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from builders.bright_network import BrightNetwork, bright_package, cube
from builders.placed_channels import placed
from monai.networks.nets.swin_unetr import SwinUNETR

from segrelay_worker.segmenters.formats import SEGMENTER_FORMATS, open_segmenter
from segrelay_worker.segmenters.inference_section import Precision
from segrelay_worker.ways.offered import LEAST_DICE, ways_to_try
from segrelay_worker.ways.openvino_way import OPENVINO_BF16, OPENVINO_F32, OPENVINO_F32_BF16
from segrelay_worker.ways.torch_ways import (
    AUTOCAST_BFLOAT16,
    AUTOCAST_FLOAT16,
    CHANNELS_LAST,
    FUSED_ATTENTION,
)
from segrelay_worker.ways.trial import worst_dice
from segrelay_worker.ways.way import Source, Way

BATCH = torch.from_numpy(np.concatenate([cube()[None], cube()[None, :, ::-1].copy()]))


def _dice(way: Way, network: torch.nn.Module, folder: Path) -> float:
    built = way.build(Source(network, lambda: BATCH[:1]), folder)
    with torch.inference_mode():
        found, wanted = built(BATCH), network(BATCH)
    assert found.dtype == torch.float32
    assert wanted.gt(0).any()
    return worst_dice(found.gt(0).flatten(0, 1).numpy(), wanted.gt(0).flatten(0, 1).numpy())


@pytest.mark.parametrize("way", [CHANNELS_LAST, AUTOCAST_BFLOAT16], ids=lambda way: str(way.name))
@pytest.mark.parametrize("is_script", [False, True])
def test_the_mask_is_that_of_the_plain_network(
    tmp_path: Path,
    way: Way,
    is_script: bool,  # noqa: FBT001 - each once
) -> None:
    network: torch.nn.Module = BrightNetwork().eval()
    network = torch.jit.script(network) if is_script else network
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    assert _dice(way, network, tmp_path) >= 0.999
    for name, tensor in network.state_dict().items():
        assert tensor.is_contiguous()
        assert torch.equal(tensor, before[name])


@pytest.mark.parametrize(
    ("precision", "device", "any_shape", "expected"),
    [
        ("reference", "cpu", False, ()),
        ("exact", "cpu", False, (OPENVINO_F32, FUSED_ATTENTION, CHANNELS_LAST)),
        ("exact", "cpu", True, (FUSED_ATTENTION, CHANNELS_LAST)),
        (
            "fast",
            "cpu",
            False,
            (
                OPENVINO_BF16,
                OPENVINO_F32_BF16,
                AUTOCAST_BFLOAT16,
                OPENVINO_F32,
                FUSED_ATTENTION,
                CHANNELS_LAST,
            ),
        ),
        ("exact", "cuda", False, (FUSED_ATTENTION, CHANNELS_LAST)),
        (
            "fast",
            "cuda:1",
            True,
            (AUTOCAST_FLOAT16, AUTOCAST_BFLOAT16, FUSED_ATTENTION, CHANNELS_LAST),
        ),
    ],
)
def test_what_is_tried_is_what_the_package_allows_and_the_device_can(
    precision: Precision,
    device: str,
    any_shape: bool,  # noqa: FBT001 - by name in the table above
    expected: tuple[Way, ...],
) -> None:
    assert ways_to_try(precision, device=device, any_shape=any_shape) == expected


def test_without_openvino_its_ways_are_not_offered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("segrelay_worker.ways.offered.find_spec", lambda _name: None)
    ways = ways_to_try("fast", device="cpu", any_shape=False)
    assert ways == (AUTOCAST_BFLOAT16, FUSED_ATTENTION, CHANNELS_LAST)


@pytest.mark.long
@pytest.mark.parametrize("way", [OPENVINO_F32, OPENVINO_BF16], ids=lambda way: str(way.name))
@pytest.mark.parametrize("is_script", [False, True])
def test_openvino_gives_the_mask_too_and_the_next_time_needs_no_network(
    tmp_path: Path,
    way: Way,
    is_script: bool,  # noqa: FBT001 - each once
) -> None:
    network: torch.nn.Module = BrightNetwork().eval()
    network = torch.jit.script(network) if is_script else network
    assert _dice(way, network, tmp_path) >= LEAST_DICE["fast"]
    again = way.build(Source(torch.nn.Identity(), lambda: BATCH[:1]), tmp_path)
    assert torch.equal(again(BATCH), way.build(Source(network, lambda: BATCH[:1]), tmp_path)(BATCH))


@pytest.mark.long
def test_openvino_computes_early_layers_in_32_bits_and_the_rest_in_16(tmp_path: Path) -> None:
    torch.manual_seed(0)
    layers = [torch.nn.Conv3d(1 if n == 0 else 4, 4, 3, padding=1) for n in range(8)]
    steps = [
        step
        for layer in layers
        for step in (layer, torch.nn.InstanceNorm3d(4, affine=True), torch.nn.LeakyReLU(0.1))
    ]
    network = torch.nn.Sequential(*steps).eval()
    batch = torch.randn(2, 1, 8, 8, 8)
    built, in_32_bits = (
        way.build(Source(network, lambda: batch[:1]), tmp_path)
        for way in (OPENVINO_F32_BF16, OPENVINO_F32)
    )
    with torch.inference_mode():
        wanted = network(batch)
        first = built(batch)
        torch.testing.assert_close(in_32_bits(batch), wanted, rtol=0, atol=1e-3)
        torch.testing.assert_close(first, wanted, rtol=0, atol=0.1)
        built(-batch)  # what was returned must not change with the next one
        torch.testing.assert_close(first, wanted, rtol=0, atol=0.1)


@pytest.mark.long
def test_openvino_takes_window_attention(tmp_path: Path) -> None:
    torch.manual_seed(0)
    network = SwinUNETR(in_channels=1, out_channels=1, feature_size=12).eval()
    batch = torch.randn(1, 1, 32, 32, 64)
    built = OPENVINO_F32.build(Source(network, lambda: batch), tmp_path)
    with torch.inference_mode():
        torch.testing.assert_close(built(batch), network(batch), rtol=0, atol=1e-2)


@pytest.mark.long
def test_openvino_is_loaded_without_what_reports_its_use() -> None:
    code = (
        "import sys; from segrelay_worker.ways.openvino_way import load_openvino; "
        "load_openvino(); print(sys.modules['openvino_telemetry'])"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ended.stdout.strip() == "None"


@pytest.mark.long
@pytest.mark.parametrize("precision", ["exact", "fast"])
def test_a_package_gives_the_reference_mask_in_whichever_way(
    tmp_path: Path, precision: Precision
) -> None:
    package = bright_package(tmp_path / "package", precision=precision)
    plain = bright_package(tmp_path / "plain", precision="reference")
    cache = tmp_path / "cache"
    segmenter = open_segmenter(package, device="cpu", formats=SEGMENTER_FORMATS, cache_folder=cache)
    reference = open_segmenter(plain, device="cpu", formats=SEGMENTER_FORMATS)
    channels = placed(np.pad(cube(), ((0, 0), (4, 3), (2, 0), (0, 9))))
    found = segmenter.predict(channels, lambda _: None)
    wanted = reference.predict(channels, lambda _: None)
    assert wanted.way == "eager"
    assert found.way in {
        "eager",
        *(w.name for w in ways_to_try(precision, device="cpu", any_shape=False)),
    }
    dice = worst_dice(found.probabilities_sxyz > 0.5, wanted.probabilities_sxyz > 0.5)
    assert dice >= LEAST_DICE[precision]
