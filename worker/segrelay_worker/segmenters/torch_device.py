from __future__ import annotations

import torch

from segrelay_contract.error_codes import ErrorCode
from segrelay_worker.errors import TransientError
from segrelay_worker.segmenters.torch_failures import end_of_text


def moved_to(device: str, network: torch.nn.Module) -> torch.nn.Module:
    """Raises TransientError device_unavailable."""
    try:
        torch.empty(0, device=device)  # a network without weights would not touch it
        return network.to(device)
    except (RuntimeError, AssertionError) as error:  # the latter of a torch without CUDA
        raise TransientError(
            ErrorCode.DEVICE_UNAVAILABLE, {"device": device}, detail=end_of_text(error)
        ) from error
