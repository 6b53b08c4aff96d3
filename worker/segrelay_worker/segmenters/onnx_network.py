from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO, Self

import onnxruntime
import torch

from segrelay_worker.segmenters.manifest import unreadable
from segrelay_worker.segmenters.package import ModelPackage

_PROCESSOR, _GPU = "CPUExecutionProvider", "CUDAExecutionProvider"


class OnnxNetwork(torch.nn.Module):
    """A network that ONNX Runtime runs, with the first input and the first output of its file."""

    def __init__(self, model: bytes) -> None:
        super().__init__()
        self._model = model
        on_processor = onnxruntime.InferenceSession(model, providers=[_PROCESSOR])
        self._sessions = {("cpu", 0): on_processor}
        self._input = on_processor.get_inputs()[0].name

    def to(self, device: str) -> Self:  # type: ignore[override]  # it has no weights of torch's
        """Be ready to run there. Raises RuntimeError if it cannot, as other networks do."""
        with _errors_as_of_torch():
            self._session(torch.device(device))
        return self

    def forward(self, batch: torch.Tensor) -> torch.Tensor:
        """[n, role, x, y, z] → [n, segment, x, y, z], computed on the device that it came from.

        Raises RuntimeError, as other networks do.
        """
        with _errors_as_of_torch():
            session = self._session(batch.device)
            output = session.run(None, {self._input: batch.float().cpu().numpy()})[0]
        return torch.from_numpy(output).to(batch.device)

    def _session(self, device: torch.device) -> onnxruntime.InferenceSession:
        index = device.index or 0  # "cuda" names none
        if (device.type, index) not in self._sessions:
            self._sessions[device.type, index] = _on_gpu(self._model, index)
        return self._sessions[device.type, index]


def _on_gpu(model: bytes, index: int) -> onnxruntime.InferenceSession:
    # Unless told, it rounds to 19 bits what is to be multiplied.
    options = {"device_id": str(index), "use_tf32": "0"}
    session = onnxruntime.InferenceSession(model, providers=[(_GPU, options), _PROCESSOR])
    if _GPU not in session.get_providers():
        raise RuntimeError(
            "ONNX Runtime cannot use the GPU; it takes another build: pip uninstall onnxruntime, "
            "then pip install onnxruntime-gpu"
        )
    session.disable_fallback()  # after a failure it would go on on the processor
    return session


@contextmanager
def _errors_as_of_torch() -> Iterator[None]:
    try:
        yield
    except Exception as error:  # its errors have no base of their own
        raise RuntimeError(str(error)) from error


def load_onnx(package: ModelPackage, weights: BinaryIO) -> torch.nn.Module:
    """Raises PermanentError model_unreadable."""
    try:
        return OnnxNetwork(weights.read())
    except Exception as error:
        raise unreadable(f"{package.weights_path.name} is no ONNX network") from error
