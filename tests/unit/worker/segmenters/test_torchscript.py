from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from builders.torchscript_package import write_torchscript_package
from fakes.stub_segmenter import write_stub_package

from segrelay_contract.error_codes import ErrorCode
from segrelay_worker.errors import PermanentError
from segrelay_worker.segmenters.formats import SEGMENTER_FORMATS, open_segmenter
from segrelay_worker.segmenters.package import load_package
from segrelay_worker.segmenters.segmenter import Segmenter

VOLUME_CXYZ = np.arange(24, dtype=np.float32).reshape(1, 2, 3, 4)


class Halving(torch.nn.Module):
    def forward(self, batch: torch.Tensor) -> torch.Tensor:
        return batch / 2


class Refusing(torch.nn.Module):
    def forward(self, batch: torch.Tensor) -> torch.Tensor:
        assert batch.dim() == 3, "wants three dimensions"
        return batch


class Unbatched(torch.nn.Module):
    def forward(self, batch: torch.Tensor) -> torch.Tensor:
        return batch[0, 0]


def _segmenter(folder: Path, network: torch.nn.Module, activation: str = "none") -> Segmenter:
    package = load_package(write_torchscript_package(folder, network, activation=activation))
    return open_segmenter(package, device="cpu", formats=SEGMENTER_FORMATS)


def test_a_network_sees_the_volume_and_its_channels_come_back(tmp_path: Path) -> None:
    reported: list[float] = []
    probabilities = _segmenter(tmp_path, Halving()).probabilities(VOLUME_CXYZ, reported.append)
    np.testing.assert_array_equal(probabilities, VOLUME_CXYZ / 2)
    assert probabilities.dtype == np.float32
    assert reported == [0.0, 1.0]


def test_logits_become_probabilities(tmp_path: Path) -> None:
    segmenter = _segmenter(tmp_path, Halving(), activation="sigmoid")
    probabilities = segmenter.probabilities(VOLUME_CXYZ, lambda _: None)
    np.testing.assert_allclose(probabilities, 1 / (1 + np.exp(-VOLUME_CXYZ / 2)), rtol=1e-6)


@pytest.mark.parametrize(
    ("network", "code"),
    [
        (Refusing(), ErrorCode.MODEL_FAILED),
        (Unbatched(), ErrorCode.OUTPUT_SHAPE_MISMATCH),
    ],
)
def test_a_network_that_misbehaves_is_named(
    tmp_path: Path, network: torch.nn.Module, code: ErrorCode
) -> None:
    segmenter = _segmenter(tmp_path, network)
    with pytest.raises(PermanentError) as caught:
        segmenter.probabilities(VOLUME_CXYZ, lambda _: None)
    assert caught.value.code is code


def test_a_weights_file_that_is_no_model_is_refused(tmp_path: Path) -> None:
    write_stub_package(tmp_path)
    manifest = tmp_path / "model.toml"
    manifest.write_text(manifest.read_text().replace('"stub"', '"torchscript"'))
    with pytest.raises(PermanentError) as caught:
        open_segmenter(load_package(tmp_path), device="cpu", formats=SEGMENTER_FORMATS)
    assert caught.value.code is ErrorCode.MODEL_UNREADABLE
    assert "best_model.pth is no TorchScript network" in str(caught.value)


def test_weights_swapped_after_the_check_are_not_loaded(tmp_path: Path) -> None:
    package = load_package(write_torchscript_package(tmp_path, Halving()))
    package.weights_path.write_bytes(b"swapped")
    with pytest.raises(PermanentError) as caught:
        open_segmenter(package, device="cpu", formats=SEGMENTER_FORMATS)
    assert caught.value.code is ErrorCode.MODEL_CHECKSUM_MISMATCH
