from __future__ import annotations

from typing import BinaryIO

import onnxruntime
import torch

from segrelay_worker.segmenters.manifest import unreadable
from segrelay_worker.segmenters.package import ModelPackage

_PROCESSOR = "CPUExecutionProvider"
# Unless told, it rounds to 19 bits what is to be multiplied.
_GPU = ("CUDAExecutionProvider", {"use_tf32": "0"})


class OnnxNetwork(torch.nn.Module):
    """A network that ONNX Runtime runs, with the first input and the first output of its file."""

    def __init__(self, model: bytes) -> None:
        super().__init__()
        self._model = model
        self._sessions = {"cpu": onnxruntime.InferenceSession(model, providers=[_PROCESSOR])}
        self._input = self._sessions["cpu"].get_inputs()[0].name

    def forward(self, batch: torch.Tensor) -> torch.Tensor:
        """[n, role, x, y, z] → [n, segment, x, y, z], computed on the device that it came from.

        Raises RuntimeError, as other networks do.
        """
        try:
            session = self._session(batch.device.type)
            output = session.run(None, {self._input: batch.float().cpu().numpy()})[0]
        except Exception as error:  # its errors have no base of their own
            raise RuntimeError(str(error)) from error
        return torch.from_numpy(output).to(batch.device)

    def _session(self, device_type: str) -> onnxruntime.InferenceSession:
        if device_type not in self._sessions:
            self._sessions[device_type] = onnxruntime.InferenceSession(
                self._model, providers=[_GPU, _PROCESSOR]
            )
        return self._sessions[device_type]


def load_onnx(package: ModelPackage, weights: BinaryIO) -> torch.nn.Module:
    """Raises PermanentError model_unreadable."""
    try:
        return OnnxNetwork(weights.read())
    except Exception as error:
        raise unreadable(f"{package.weights_path.name} is no ONNX network") from error
