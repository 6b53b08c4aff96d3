from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from builders.network_package import write_torchscript_package
from builders.placed_channels import placed
from monai.inferers.utils import sliding_window_inference

from segrelay_worker.errors import PermanentError
from segrelay_worker.segmenters.formats import SEGMENTER_FORMATS, open_segmenter
from segrelay_worker.segmenters.package import load_package

VOLUME = np.random.default_rng(1).normal(size=(1, 9, 12, 10)).astype(np.float32)
WINDOW = "[window]\nsize = [8, 8, 8]\noverlap = 0.5"


class PlaceAware(torch.nn.Module):
    """Another answer in each corner, so that each flip that is missing or not undone shows."""

    def forward(self, batch: torch.Tensor) -> torch.Tensor:
        x, y, z = [torch.arange(length, dtype=torch.float32) for length in batch.shape[2:]]
        ramp = x[:, None, None] + 2 * y[None, :, None] + 3 * z[None, None, :]
        return batch * ramp


def mean_over(flips: list[list[int]]) -> Callable[[torch.Tensor], torch.Tensor]:
    def mean(batch: torch.Tensor) -> torch.Tensor:
        answers = [PlaceAware()(batch.flip(dims)).flip(dims) for dims in flips]
        return torch.stack(answers).mean(dim=0)

    return mean


def write_package(folder: Path, mirror_axes: str, *, sections: str = "") -> None:
    write_torchscript_package(folder, PlaceAware(), sections=sections)
    manifest = folder / "model.toml"
    text = manifest.read_text(encoding="utf-8")
    text = text.replace("[output]\n", f"[output]\nmirror_axes = {mirror_axes}\n")
    manifest.write_text(text, encoding="utf-8")


def predicted(folder: Path) -> np.ndarray:
    segmenter = open_segmenter(load_package(folder), device="cpu", formats=SEGMENTER_FORMATS)
    return segmenter.predict(placed(VOLUME), lambda _: None).probabilities_sxyz


@pytest.mark.parametrize(
    ("mirror_axes", "flips"),
    [
        ("[]", [[]]),
        ("[1]", [[], [3]]),
        ("[0, 2]", [[], [2], [4], [2, 4]]),
        ("[0, 1, 2]", [[], [2], [3], [4], [2, 3], [2, 4], [3, 4], [2, 3, 4]]),
    ],
)
def test_the_mean_over_all_flips_is_returned(
    tmp_path: Path, mirror_axes: str, flips: list[list[int]]
) -> None:
    write_package(tmp_path, mirror_axes)
    expected = mean_over(flips)(torch.from_numpy(VOLUME)[None])[0]
    np.testing.assert_allclose(predicted(tmp_path), expected.numpy(), rtol=1e-4, atol=1e-4)


def test_each_window_is_mirrored_by_itself(tmp_path: Path) -> None:
    write_package(tmp_path, "[2]", sections=WINDOW)
    expected = sliding_window_inference(
        torch.from_numpy(VOLUME)[None], (8, 8, 8), 1, mean_over([[], [4]]), 0.5, "gaussian"
    )
    np.testing.assert_allclose(predicted(tmp_path), expected[0].numpy(), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("mirror_axes", ["[3]", "[-1]", "[0, 0]"])
def test_axes_that_there_are_not_are_refused(tmp_path: Path, mirror_axes: str) -> None:
    write_package(tmp_path, mirror_axes)
    with pytest.raises(PermanentError, match=r"output\.mirror_axes"):
        load_package(tmp_path)
