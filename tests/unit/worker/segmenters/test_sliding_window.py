from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from builders.network_package import write_torchscript_package
from builders.placed_channels import placed
from monai.inferers.utils import sliding_window_inference

from segrelay_contract.warning_codes import WarningCode
from segrelay_worker.segmenters.formats import SEGMENTER_FORMATS, open_segmenter
from segrelay_worker.segmenters.manifest import WindowSection
from segrelay_worker.segmenters.package import load_package
from segrelay_worker.segmenters.sliding_window import through_windows, window_count

SMALL, LARGE = (5, 9, 7), (17, 12, 21)


class PlaceAware(torch.nn.Module):
    """Another answer in each corner of a window, so that places and blending show."""

    def forward(self, batch: torch.Tensor) -> torch.Tensor:
        x, y, z = [torch.arange(length, dtype=torch.float32) for length in batch.shape[2:]]
        ramp = x[:, None, None] + 2 * y[None, :, None] + 3 * z[None, None, :]
        return batch * ramp


def volume(shape: tuple[int, ...]) -> np.ndarray:
    return np.random.default_rng(1).normal(size=(1, *shape)).astype(np.float32)


@pytest.mark.parametrize("shape", [SMALL, LARGE])
@pytest.mark.parametrize("blending", ["constant", "gaussian"])
@pytest.mark.parametrize("overlap", [0.0, 0.25, 0.6])
def test_windows_lie_and_blend_as_monais(
    tmp_path: Path, shape: tuple[int, ...], blending: str, overlap: float
) -> None:
    section = f'[window]\nsize = [8, 8, 8]\noverlap = {overlap}\nblending = "{blending}"\nbatch = 2'
    write_torchscript_package(tmp_path, PlaceAware(), sections=section)
    segmenter = open_segmenter(load_package(tmp_path), device="cpu", formats=SEGMENTER_FORMATS)
    reported = list[float]()
    result = segmenter.predict(placed(volume(shape)), reported.append).probabilities_sxyz
    expected = sliding_window_inference(
        torch.from_numpy(volume(shape))[None], (8, 8, 8), 2, PlaceAware(), overlap, blending
    )
    np.testing.assert_array_equal(result, expected[0].numpy())
    assert reported == sorted(reported)
    assert reported[-1] == 1.0


@pytest.mark.parametrize("shape", [SMALL, LARGE, (8, 8, 8), (9, 8, 30)])
@pytest.mark.parametrize("overlap", [0.0, 0.25, 0.5, 0.9])
def test_as_many_windows_are_counted_as_there_are(shape: tuple[int, ...], overlap: float) -> None:
    window = WindowSection(size=(8, 8, 8), overlap=overlap)
    seen = list[torch.Tensor]()

    def network(batch: torch.Tensor) -> torch.Tensor:
        seen.append(batch)
        return batch

    through_windows(
        network, torch.from_numpy(volume(shape))[None], window=window, report=lambda _: None
    )
    assert window_count(shape, window) == len(seen)


class Greedy(torch.nn.Module):
    """Takes too much memory for more than one window of 2 × 2 × 2 voxels, or in full precision."""

    def __init__(self, *, only_half: bool) -> None:
        super().__init__()
        self.only_half = only_half
        self.scale = torch.nn.Conv3d(1, 1, 1, bias=False)
        torch.nn.init.constant_(self.scale.weight, 0.5)

    def forward(self, batch: torch.Tensor) -> torch.Tensor:
        scaled: torch.Tensor = self.scale(batch)
        if batch.numel() > 8 or (self.only_half and scaled.dtype == torch.float32):
            return torch.zeros(1 << 50)
        return scaled


TINY = (2, 3, 4)
LIMITS = """
[window]
size = [4, 4, 4]
batch = 2
overlap = 0.0
blending = "constant"

[limits]
smallest_window = [2, 2, 2]
half_precision = true
"""


@pytest.mark.parametrize("only_half", [False, True])
def test_where_memory_runs_out_less_is_tried_and_the_prediction_says_so(
    tmp_path: Path, *, only_half: bool
) -> None:
    weights = write_torchscript_package(tmp_path, Greedy(only_half=only_half), sections=LIMITS)
    # Another name of the same device stands for a GPU here, and the device for its fallback.
    segmenter = open_segmenter(
        load_package(weights), device="cpu:0", formats=SEGMENTER_FORMATS, fallback_device="cpu"
    )
    prediction = segmenter.predict(placed(volume(TINY)), lambda _: None)
    np.testing.assert_allclose(prediction.probabilities_sxyz, volume(TINY) / 2, rtol=1e-3)
    halved = [WarningCode.HALF_PRECISION_USED] if only_half else []
    assert [mended.code for mended in prediction.warnings] == [
        WarningCode.WINDOW_BATCH_REDUCED,
        WarningCode.WINDOWS_REDUCED,
        *halved,
    ]
