from __future__ import annotations

import re
from typing import BinaryIO

import numpy as np
import torch
from numpy.typing import NDArray

from segrelay_contract.error_codes import ErrorCode
from segrelay_worker.errors import PermanentError, TransientError
from segrelay_worker.segmenters.manifest import unreadable
from segrelay_worker.segmenters.package import ModelPackage
from segrelay_worker.segmenters.segmenter import DeviceLostError, ReportFraction

DETAIL_LENGTH = 1000  # the end of an exception's text says most

# The interpreter of TorchScript turns every error into a RuntimeError: only the text is left.
_OUT_OF_MEMORY = re.compile("out of memory|can't allocate memory|not enough memory")
_DEVICE_LOST = re.compile("(CUDA|HIP) error: ")


class TorchScriptSegmenter:
    """A network that was saved with its code; nobody else opens its weights."""

    def __init__(self, package: ModelPackage, weights: BinaryIO, device: str) -> None:
        network = _loaded(package, weights)
        try:
            torch.empty(0, device=device)  # a network without weights would not touch it
            network = network.to(device)
        except (RuntimeError, AssertionError) as error:  # the latter of a torch without CUDA
            raise TransientError(
                ErrorCode.DEVICE_UNAVAILABLE, {"device": device}, detail=_told(error)
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
            raise _failure(error) from error
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


def _loaded(package: ModelPackage, weights: BinaryIO) -> torch.jit.ScriptModule:
    """Into main memory first: what goes wrong here is the file's fault, never the device's."""
    try:
        network: torch.jit.ScriptModule = torch.jit.load(weights, map_location="cpu")  # type: ignore[no-untyped-call]
    except (RuntimeError, ValueError) as error:
        raise unreadable(f"{package.weights_path.name} is no TorchScript network") from error
    return network


def _failure(error: Exception) -> Exception:
    if isinstance(error, torch.OutOfMemoryError) or _OUT_OF_MEMORY.search(str(error)):
        return TransientError(ErrorCode.MODEL_FAILED, detail=_told(error))
    if isinstance(error, torch.AcceleratorError) or _DEVICE_LOST.search(str(error)):
        return DeviceLostError(_told(error))
    return PermanentError(ErrorCode.MODEL_FAILED, detail=_told(error))


def _told(error: Exception) -> str:
    return str(error)[-DETAIL_LENGTH:]
