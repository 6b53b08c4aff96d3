from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from builders.network_package import write_network_package
from builders.placed_channels import placed
from onnx import TensorProto, helper, numpy_helper

from segrelay_contract.error_codes import ErrorCode
from segrelay_worker.errors import PermanentError, TransientError
from segrelay_worker.segmenters.exported_program import load_exported_program
from segrelay_worker.segmenters.formats import SEGMENTER_FORMATS, open_segmenter
from segrelay_worker.segmenters.onnx_network import OnnxNetwork
from segrelay_worker.segmenters.package import load_package, opened_weights
from segrelay_worker.segmenters.segmenter import Segmenter

VOLUME = np.random.default_rng(1).normal(size=(1, 6, 7, 8)).astype(np.float32)


def opened(folder: Path) -> Segmenter:
    return open_segmenter(load_package(folder), device="cpu", formats=SEGMENTER_FORMATS)


def convolution() -> torch.nn.Module:
    torch.manual_seed(3)
    return torch.nn.Conv3d(1, 2, 3, padding=1).eval()


def expected() -> np.ndarray:
    with torch.inference_mode():
        result: np.ndarray = convolution()(torch.from_numpy(VOLUME)[None])[0].numpy()
    return result


def test_an_exported_program_gives_what_its_network_gives(tmp_path: Path) -> None:
    example = (torch.from_numpy(VOLUME)[None],)

    def save(path: Path) -> None:
        torch.export.save(torch.export.export(convolution(), example), path)

    write_network_package(tmp_path, "exported_program", save)
    result = opened(tmp_path).predict(placed(VOLUME), lambda _: None).probabilities_sxyz
    np.testing.assert_array_equal(result, expected())


class Placing(torch.nn.Module):
    """Makes tensors of its own, as a network with positions does."""

    def forward(self, batch: torch.Tensor) -> torch.Tensor:
        return batch.to(torch.float32) + torch.arange(batch.shape[-1], device=batch.device)


def test_an_exported_program_goes_to_another_device_with_the_tensors_that_it_makes(
    tmp_path: Path,
) -> None:
    example = torch.from_numpy(VOLUME)[None]

    def save(path: Path) -> None:
        torch.export.save(torch.export.export(Placing(), (example,)), path)

    package = load_package(write_network_package(tmp_path, "exported_program", save))
    with opened_weights(package) as weights:
        network = load_exported_program(package, weights)
    torch.testing.assert_close(network.to("cpu")(example), Placing()(example), rtol=0, atol=0)
    elsewhere = network.to("meta")(example.to("meta"))  # a device that every machine has
    assert elsewhere.device == torch.device("meta")


def save_onnx(path: Path) -> None:
    """The same convolution, as a graph written by hand."""
    network = convolution()
    weights = [
        numpy_helper.from_array(value.detach().numpy(), name)
        for name, value in network.named_parameters()
    ]
    node = helper.make_node("Conv", ["image", "weight", "bias"], ["marked"], pads=[1] * 6)
    shape = ["n", "c", "x", "y", "z"]
    graph = helper.make_graph(
        [node],
        "convolution",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("marked", TensorProto.FLOAT, shape)],
        weights,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.save(model, path)


def test_an_onnx_file_gives_what_its_network_gives(tmp_path: Path) -> None:
    write_network_package(tmp_path, "onnx", save_onnx)
    result = opened(tmp_path).predict(placed(VOLUME), lambda _: None).probabilities_sxyz
    np.testing.assert_allclose(result, expected(), rtol=1e-5, atol=1e-6)


def test_on_the_processor_an_onnx_file_is_given_to_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []
    session = onnxruntime.InferenceSession

    def recorded(model: bytes, *, providers: list[str]) -> onnxruntime.InferenceSession:
        asked.append(providers)
        return session(model, providers=providers)

    monkeypatch.setattr(onnxruntime, "InferenceSession", recorded)
    write_network_package(tmp_path, "onnx", save_onnx)
    opened(tmp_path).predict(placed(VOLUME), lambda _: None)
    assert asked == [["CPUExecutionProvider"]]


class GpuSession:
    """In place of one on a GPU, which no test machine has."""

    may_fall_back = True

    def __init__(self, _model: bytes, *, providers: list[Any]) -> None:
        self.options = dict(providers[:1])["CUDAExecutionProvider"]

    def get_providers(self) -> list[str]:
        return ["CUDAExecutionProvider", "CPUExecutionProvider"]

    def disable_fallback(self) -> None:
        self.may_fall_back = False


def test_an_onnx_file_runs_on_the_gpu_that_is_named_and_nowhere_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = list[GpuSession]()

    def made_session(model: bytes, *, providers: list[Any]) -> GpuSession:
        made.append(GpuSession(model, providers=providers))
        return made[-1]

    save_onnx(tmp_path / "model.onnx")
    network = OnnxNetwork((tmp_path / "model.onnx").read_bytes())
    monkeypatch.setattr(onnxruntime, "InferenceSession", made_session)
    for device in ("cuda:1", "cuda", "cuda:0", "cpu"):
        network.to(device)
    assert [session.options for session in made] == [
        {"device_id": "1", "use_tf32": "0"},
        {"device_id": "0", "use_tf32": "0"},
    ]
    assert not any(session.may_fall_back for session in made)


def test_an_onnx_runtime_without_gpu_computes_nothing_in_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = onnxruntime.InferenceSession
    monkeypatch.setattr(  # as the one for processors does, which warns
        onnxruntime,
        "InferenceSession",
        lambda model, **_: session(model, providers=["CPUExecutionProvider"]),
    )
    write_network_package(tmp_path, "onnx", save_onnx)
    monkeypatch.setattr(torch, "empty", lambda *_, **__: None)  # as if the device were there
    with pytest.raises(TransientError, match="pip install onnxruntime-gpu") as caught:
        open_segmenter(load_package(tmp_path), device="cuda:1", formats=SEGMENTER_FORMATS)
    assert caught.value.code is ErrorCode.DEVICE_UNAVAILABLE


def test_what_an_onnx_network_cannot_take_is_the_models_failure(tmp_path: Path) -> None:
    write_network_package(tmp_path, "onnx", save_onnx)
    two_channels = np.concatenate([VOLUME, VOLUME])
    with pytest.raises(PermanentError) as caught:
        opened(tmp_path).predict(placed(two_channels), lambda _: None)
    assert caught.value.code is ErrorCode.MODEL_FAILED
    assert caught.value.detail


@pytest.mark.parametrize(
    ("name", "said"),
    [("exported_program", "is no exported program"), ("onnx", "is no ONNX network")],
)
def test_a_file_of_another_kind_is_refused(tmp_path: Path, name: str, said: str) -> None:
    def save(path: Path) -> None:
        path.write_bytes(b"something")

    write_network_package(tmp_path, name, save)
    with pytest.raises(PermanentError, match=said) as caught:
        opened(tmp_path)
    assert caught.value.code is ErrorCode.MODEL_UNREADABLE
