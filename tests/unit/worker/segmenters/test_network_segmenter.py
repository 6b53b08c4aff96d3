from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from builders.network_package import write_torchscript_package
from builders.placed_channels import placed
from fakes.stub_segmenter import write_stub_package

from segrelay_contract.error_codes import ErrorCode
from segrelay_worker.errors import PermanentError, TransientError
from segrelay_worker.segmenters import network_segmenter
from segrelay_worker.segmenters.formats import SEGMENTER_FORMATS, open_segmenter
from segrelay_worker.segmenters.machine import Machine
from segrelay_worker.segmenters.network_segmenter import NetworkSegmenter
from segrelay_worker.segmenters.package import load_package, opened_weights
from segrelay_worker.segmenters.segmenter import DeviceLostError, Segmenter
from segrelay_worker.segmenters.torchscript import load_torchscript
from segrelay_worker.ways.fastest import Chosen
from segrelay_worker.ways.way import EAGER

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
    probabilities = (
        _segmenter(tmp_path, Halving())
        .predict(placed(VOLUME_CXYZ), reported.append)
        .probabilities_sxyz
    )
    np.testing.assert_array_equal(probabilities, VOLUME_CXYZ / 2)
    assert probabilities.dtype == np.float32
    assert reported == [0.0, 1.0]


def test_logits_become_probabilities(tmp_path: Path) -> None:
    segmenter = _segmenter(tmp_path, Halving(), activation="sigmoid")
    probabilities = segmenter.predict(placed(VOLUME_CXYZ), lambda _: None).probabilities_sxyz
    np.testing.assert_allclose(probabilities, 1 / (1 + np.exp(-VOLUME_CXYZ / 2)), rtol=1e-6)


@pytest.mark.parametrize(
    ("way", "size", "steps"),
    [
        (EAGER.name, (8, 8, 8), [0.0, 1.0, 1.0]),  # blended, as MONAI's, which `reference` promises
        ("another", (8, 8, 8), [0.0, 1.0]),
        ("another", (2, 3, 2), [0.0, 0.5, 1.0, 1.0]),
    ],
)
def test_only_another_way_than_the_plain_one_goes_past_the_windows(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    way: str,
    size: tuple[int, int, int],
    steps: list[float],
) -> None:
    sections = f"[window]\nsize = {list(size)}\noverlap = 0.0"
    package = load_package(write_torchscript_package(tmp_path, Halving(), sections=sections))
    monkeypatch.setattr(network_segmenter, "fastest", lambda *_: Chosen(way, Halving()))
    reported: list[float] = []
    segmenter = open_segmenter(package, device="cpu", formats=SEGMENTER_FORMATS)
    found = segmenter.predict(placed(VOLUME_CXYZ), reported.append).probabilities_sxyz
    np.testing.assert_allclose(found, VOLUME_CXYZ / 2, rtol=1e-6)
    assert reported == steps


class Three(torch.nn.Module):
    def forward(self, batch: torch.Tensor) -> torch.Tensor:
        return torch.cat([batch / 9, batch / 5, -batch / 7], dim=1)


@pytest.mark.parametrize("activation", ["softmax", "argmax"])
def test_of_several_logits_the_first_is_background(tmp_path: Path, activation: str) -> None:
    segmenter = _segmenter(tmp_path, Three(), activation=activation)
    probabilities = segmenter.predict(placed(VOLUME_CXYZ), lambda _: None).probabilities_sxyz
    powers = np.exp(np.concatenate([VOLUME_CXYZ / 9, VOLUME_CXYZ / 5, -VOLUME_CXYZ / 7]))
    np.testing.assert_allclose(probabilities, (powers / powers.sum(axis=0))[1:], rtol=1e-5)


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
        segmenter.predict(placed(VOLUME_CXYZ), lambda _: None)
    assert caught.value.code is code


class Particular(torch.nn.Module):
    """Python of its own, as a state dict's network is."""

    def forward(self, batch: torch.Tensor) -> torch.Tensor:
        if batch.shape[2] % 32:
            raise ValueError("spatial dimensions should be divisible by 32")
        return batch


def test_what_a_network_says_of_a_size_that_it_cannot_take_is_told(tmp_path: Path) -> None:
    package = load_package(write_torchscript_package(tmp_path, Halving()))
    segmenter = NetworkSegmenter(package, Particular(), Machine("cpu"))
    with pytest.raises(PermanentError, match="divisible by 32") as caught:
        segmenter.predict(placed(VOLUME_CXYZ), lambda _: None)
    assert caught.value.code is ErrorCode.MODEL_FAILED


class Insatiable(torch.nn.Module):
    def forward(self, batch: torch.Tensor) -> torch.Tensor:
        return torch.zeros(1 << 50) + batch


def test_memory_that_runs_out_is_a_passing_error(tmp_path: Path) -> None:
    segmenter = _segmenter(tmp_path, Insatiable())
    with pytest.raises(TransientError, match="allocate memory") as caught:
        segmenter.predict(placed(VOLUME_CXYZ), lambda _: None)
    assert caught.value.code is ErrorCode.OUT_OF_MEMORY


def _raised_from(cause: Exception, text: str) -> RuntimeError:
    error = RuntimeError(text)
    error.__cause__ = cause
    return error


# No test machine has a GPU: these are raised in place of what a network on one would raise.
@pytest.mark.parametrize(
    ("raised", "expected"),
    [
        (torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 9 GiB"), TransientError),
        (RuntimeError("in the interpreter: CUDA out of memory. Tried 9 GiB"), TransientError),
        (_raised_from(torch.OutOfMemoryError("9 GiB"), "Seems to be OOM."), TransientError),
        (torch.AcceleratorError("an illegal memory access"), DeviceLostError),
        (_raised_from(torch.AcceleratorError("launch failure"), "a window"), DeviceLostError),
        (RuntimeError("in the interpreter: CUDA error: device-side assert"), DeviceLostError),
        (RuntimeError("[ONNXRuntimeError] : FAIL : CUDA failure 719: launch"), DeviceLostError),
        (RuntimeError("[ONNXRuntimeError] : CUDA failure 2: out of memory"), TransientError),
    ],
)
def test_what_a_gpu_says_is_told_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, raised: Exception, expected: type[Exception]
) -> None:
    segmenter = _segmenter(tmp_path, Halving())

    def fail(*_: object) -> None:
        raise raised

    monkeypatch.setattr(segmenter, "_run", fail)
    with pytest.raises(expected):
        segmenter.predict(placed(VOLUME_CXYZ), lambda _: None)


def test_a_device_that_is_not_there_is_no_fault_of_the_package(tmp_path: Path) -> None:
    package = load_package(write_torchscript_package(tmp_path, Halving()))
    with pytest.raises(TransientError, match="cannot use its device cuda:77") as caught:
        open_segmenter(package, device="cuda:77", formats=SEGMENTER_FORMATS)
    assert caught.value.code is ErrorCode.DEVICE_UNAVAILABLE
    assert caught.value.detail


def test_weights_that_find_no_room_on_a_device_do_not_make_it_unusable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 9 GiB")

    package = load_package(write_torchscript_package(tmp_path, Halving()))
    monkeypatch.setattr(torch.nn.Module, "to", fail)
    with pytest.raises(TransientError, match="9 GiB") as caught:
        open_segmenter(package, device="cpu", formats=SEGMENTER_FORMATS)
    assert caught.value.code is ErrorCode.OUT_OF_MEMORY


def test_weights_swapped_while_they_are_open_are_not_loaded(tmp_path: Path) -> None:
    package = load_package(write_torchscript_package(tmp_path, Halving()))
    with opened_weights(package) as weights:
        package.weights_path.unlink()
        package.weights_path.write_bytes(b"swapped")
        network = load_torchscript(package, weights)
    segmenter = NetworkSegmenter(package, network, Machine("cpu"))
    probabilities = segmenter.predict(placed(VOLUME_CXYZ), lambda _: None).probabilities_sxyz
    np.testing.assert_array_equal(probabilities, VOLUME_CXYZ / 2)


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
