from __future__ import annotations

from typing import BinaryIO

import torch

from segrelay_worker.segmenters.manifest import unreadable
from segrelay_worker.segmenters.package import ModelPackage


def load_torchscript(package: ModelPackage, weights: BinaryIO) -> torch.nn.Module:
    """A network that was saved with its code; nobody else opens its weights.

    Into main memory first: what goes wrong here is the file's fault, never the device's. Raises
    PermanentError model_unreadable.
    """
    try:
        network: torch.nn.Module = torch.jit.load(weights, map_location="cpu")  # type: ignore[no-untyped-call]
    except (RuntimeError, ValueError) as error:
        raise unreadable(f"{package.weights_path.name} is no TorchScript network") from error
    return network.eval()
