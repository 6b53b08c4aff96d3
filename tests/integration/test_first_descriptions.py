"""From what other programs leave behind to a mask, with nothing edited in between."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from builders.bundle_folder import BundlePlan, write_bundle
from builders.nnunet_folder import NnunetPlan, write_nnunet_folder
from monai.networks.nets.segresnet import SegResNet

from segrelay_worker.__main__ import main
from segrelay_worker.commands.checked_model import checked_model
from segrelay_worker.service import FORMATS

pytestmark = pytest.mark.long

SHAPE = (24, 40, 36)


def _nnunet(folder: Path) -> Path:
    write_nnunet_folder(folder, NnunetPlan())
    return folder


def _bundle(folder: Path) -> Path:
    write_bundle(folder, BundlePlan(heads=1))
    return folder


def _checkpoint(folder: Path) -> Path:
    network = SegResNet(in_channels=2, out_channels=3)
    weights = {f"module.{name}": value for name, value in network.state_dict().items()}
    torch.save({"epoch": 3, "model_state_dict": weights}, folder / "last.ckpt")
    return folder / "last.ckpt"


@pytest.mark.filterwarnings("ignore")  # of MONAI and nnU-Net, about each other's and torch's ways
@pytest.mark.parametrize("write", [_nnunet, _bundle, _checkpoint])
def test_what_init_writes_is_a_model_that_segments(
    tmp_path: Path, write: Callable[[Path], Path]
) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    assert main(["model", "init", str(write(folder))]) == 0
    toml = folder / "model.toml"
    text = toml.read_text(encoding="utf-8")
    toml.write_text(text.replace("[128, 128, 128]", "[32, 32, 32]"), encoding="utf-8")  # for speed
    lines = checked_model(
        folder,
        device="cpu",
        cache_folder=tmp_path / "cache",
        formats=FORMATS,
        shape_zyx=SHAPE,
        report=lambda _stage, _fraction: None,
    )
    assert any(line.startswith("✅") for line in lines)
