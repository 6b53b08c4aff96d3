"""A prostate network that others trained and published as ONNX (lavlab-taps, MIT licence).

There is no image of a prostate to be had, but the network takes the phantom's for one.
"""

from __future__ import annotations

import shutil
from functools import partial
from pathlib import Path

import onnxruntime
import pytest
import torch
from builders.mr_series import build_series, write_series
from builders.network_package import write_network_package
from builders.pelvis_series import T2
from builders.real_files import package_folder
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

from demo.comparison import compared
from demo.placed_mask import PlacedMask

pytestmark = pytest.mark.long

AROUND = """
[[input.preprocessing]]
step = "resample"
spacing_mm = [0.8, 0.8, 3.0]

[[input.preprocessing]]
step = "zscore"
voxels = "nonzero"

[window]
size = [128, 128, 32]
overlap = 0.5
blending = "gaussian"
"""


def published() -> Path:
    return package_folder("taps") / "resources" / "model_v1.onnx"


def plain_probability(series: Path) -> Scan:
    """By ONNX Runtime and MONAI alone."""
    session = onnxruntime.InferenceSession(published())
    [channel] = session.get_inputs()

    def network(batch: torch.Tensor) -> torch.Tensor:
        return torch.from_numpy(session.run(None, {channel.name: batch.numpy()})[0])

    whole = to_ras(read_scan(series))
    wanted = with_spacing(whole, (0.8, 0.8, 3.0))
    logits = through_network(
        network, zscored(wanted.values)[None], window=(128, 128, 32), overlap=0.5, mode="gaussian"
    )
    found = Scan(sigmoid(logits), wanted.affine)
    return Scan(sampled(found, whole.affine, whole.values.shape), whole.affine)


def test_a_published_network_finds_what_a_plain_script_finds(tmp_path: Path) -> None:
    write_series(build_series(T2), tmp_path / "series")
    reference = plain_probability(tmp_path / "series")
    weights = write_network_package(
        tmp_path / "model",
        "onnx",
        partial(shutil.copyfile, published()),
        activation="sigmoid",
        sections=AROUND,
    )
    found = found_by_worker(weights, {"t1": tmp_path / "series"})
    expected = PlacedMask(reference.values > 0.5, reference.affine)
    assert compared(found, reference=expected).voxels_different == 0
    mirrored = PlacedMask(expected.mask_ijk[::-1], expected.affine_ras)
    assert compared(found, reference=mirrored).dice < 0.99
