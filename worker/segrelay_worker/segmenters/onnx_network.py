from __future__ import annotations

from typing import BinaryIO

import onnxruntime
import torch

from segrelay_worker.segmenters.manifest import unreadable
from segrelay_worker.segmenters.package import ModelPackage


class OnnxNetwork(torch.nn.Module):
    """A network that ONNX Runtime runs, with the first input and the first output of its file."""

    def __init__(self, session: onnxruntime.InferenceSession) -> None:
        super().__init__()
        self._session = session
        self._input = session.get_inputs()[0].name

    def forward(self, batch: torch.Tensor) -> torch.Tensor:
        """[n, role, x, y, z] → [n, segment, x, y, z] on the device that it came from.

        Raises RuntimeError, as other networks do.
        """
        try:
            output = self._session.run(None, {self._input: batch.float().cpu().numpy()})[0]
        except Exception as error:  # its errors have no base of their own
            raise RuntimeError(str(error)) from error
        return torch.from_numpy(output).to(batch.device)


def load_onnx(package: ModelPackage, weights: BinaryIO) -> torch.nn.Module:
    """Raises PermanentError model_unreadable."""
    try:
        session = onnxruntime.InferenceSession(
            weights.read(), providers=onnxruntime.get_available_providers()
        )
    except Exception as error:
        raise unreadable(f"{package.weights_path.name} is no ONNX network") from error
    return OnnxNetwork(session)
