from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from segrelay_contract.error_codes import ErrorCode
from segrelay_worker.errors import PermanentError
from segrelay_worker.segmenters.manifest import unreadable
from segrelay_worker.segmenters.package import ModelPackage, require_checksum
from segrelay_worker.segmenters.segmenter import ReportFraction

DETAIL_LENGTH = 1000  # the end of an exception's text says most


class TorchScriptSegmenter:
    """A network that was saved with its code; it is loaded only under the expected checksum."""

    def __init__(self, package: ModelPackage, device: str) -> None:
        require_checksum(package.weights_path, package.weights_sha256)
        try:
            network = torch.jit.load(package.weights_path, map_location=device)  # type: ignore[no-untyped-call]
        except (RuntimeError, ValueError) as error:
            raise unreadable(
                f"{package.weights_path.name} is no TorchScript network for device {device}"
            ) from error
        self._network = network.eval()
        self._device = device
        self._sigmoid = package.manifest.output.activation == "sigmoid"

    def probabilities(
        self, volume_cxyz: NDArray[np.float32], report: ReportFraction
    ) -> NDArray[np.float32]:
        """As the protocol says; the whole volume goes through the network at once."""
        report(0.0)
        try:
            probabilities_cxyz = self._run(volume_cxyz)
        except (RuntimeError, TypeError, AttributeError, torch.jit.Error) as error:
            detail = str(error)[-DETAIL_LENGTH:]
            raise PermanentError(ErrorCode.MODEL_FAILED, detail=detail) from error
        report(1.0)
        return probabilities_cxyz

    def _run(self, volume_cxyz: NDArray[np.float32]) -> NDArray[np.float32]:
        with torch.inference_mode():
            batch = torch.from_numpy(volume_cxyz).to(self._device).unsqueeze(0)
            output = self._network(batch)
            if output.shape[:1] != (1,):
                raise PermanentError(
                    ErrorCode.OUTPUT_SHAPE_MISMATCH,
                    {"actual": str(tuple(output.shape)), "expected": "(1, segments, x, y, z)"},
                )
            probabilities = torch.sigmoid(output) if self._sigmoid else output
            result: NDArray[np.float32] = probabilities[0].float().cpu().numpy()
            return result
