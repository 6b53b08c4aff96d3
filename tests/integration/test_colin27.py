"""deepbet's nets on a real head, in two formats, beside what others find in it."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest
import torch
from builders.colin27_series import colin27, write_whole
from builders.network_package import write_network_package
from integration.found_masks import found_by_worker
from integration.plain_script import read_scan, through_network, to_ras
from references.hd_bet_colin27 import hd_bet_brain

from demo.comparison import compared
from demo.deepbet_package import deepbet_nets, ensure_package, net
from demo.placed_mask import PlacedMask
from demo.reference import reference_mask

pytestmark = pytest.mark.long

WINDOW = (192, 224, 192)
HD_BET_SHA256 = "79452e5c3572ce5a17e7ff362b865913ace4a46779b717ac829324ba65212952"
AROUND = """
[[input.preprocessing]]
step = "percentiles"
lower = 0.5
upper = 99.5

[[input.preprocessing]]
step = "zscore"

[window]
size = [192, 224, 192]
overlap = 0.25
blending = "gaussian"
"""


class SecondStage(torch.nn.Module):
    """deepbet's net for the brain, shifted to the mean and spread that it was trained on."""

    def __init__(self) -> None:
        super().__init__()
        # Frozen, because torch.export takes no parameters of TorchScript.
        self.net = torch.jit.freeze(net(deepbet_nets() / "model.pt").eval())

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        found: torch.Tensor = self.net(0.226 * image + 0.449)
        return found[:, 1:2]


@pytest.fixture(scope="module")
def series(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_whole(tmp_path_factory.mktemp("head") / "series")


@pytest.fixture(scope="module")
def deepbet_brain(series: Path, tmp_path_factory: pytest.TempPathFactory) -> PlacedMask:
    """As TorchScript."""
    weights = ensure_package(tmp_path_factory.mktemp("deepbet"))
    return found_by_worker(weights, {"t1": series})


def test_deepbet_finds_what_its_own_command_finds(
    deepbet_brain: PlacedMask, tmp_path: Path
) -> None:
    comparison = compared(deepbet_brain, reference=reference_mask(colin27(), tmp_path))
    assert comparison.voxels_different == 0


def test_what_deepbet_finds_is_what_hd_bet_calls_brain(deepbet_brain: PlacedMask) -> None:
    reference = hd_bet_brain()
    assert hashlib.sha256(reference.mask_ijk.tobytes()).hexdigest() == HD_BET_SHA256
    assert compared(deepbet_brain, reference=reference).dice == pytest.approx(0.9802, abs=0.0001)
    upside_down = PlacedMask(reference.mask_ijk[:, :, ::-1], reference.affine_ras)
    assert compared(deepbet_brain, reference=upside_down).dice < 0.9


def test_an_exported_program_finds_what_its_network_finds(series: Path, tmp_path: Path) -> None:
    network = SecondStage()

    def save(path: Path) -> None:
        example = (torch.zeros(1, 1, *WINDOW),)
        torch.export.save(torch.export.export(network, example, strict=False), path)

    weights = write_network_package(tmp_path, "exported_program", save, sections=AROUND)
    head = to_ras(read_scan(series))
    low, high = np.percentile(head.values, [0.5, 99.5])
    scaled = (head.values.clip(low, high) - low) / (high - low)
    wanted = ((scaled - scaled.mean()) / scaled.std()).astype(np.float32)
    probability = through_network(
        network, wanted[None], window=WINDOW, overlap=0.25, mode="gaussian"
    )
    expected = PlacedMask(probability > 0.5, head.affine)
    found = found_by_worker(weights, {"t1": series})
    assert compared(found, reference=expected).voxels_different == 0
    assert compared(found, reference=hd_bet_brain()).dice > 0.9  # and a brain it is
