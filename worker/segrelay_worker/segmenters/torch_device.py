from __future__ import annotations

import torch

from segrelay_contract.error_codes import ErrorCode
from segrelay_worker.errors import TransientError
from segrelay_worker.segmenters.torch_failures import end_of_text, is_shortage


def moved_to(device: str, network: torch.nn.Module) -> torch.nn.Module:
    """Raises TransientError device_unavailable, and a shortage of memory as torch does."""
    _multiply_in_32_bits()
    try:
        torch.empty(0, device=device)  # a network without weights would not touch it
        return network.to(device)
    except (RuntimeError, AssertionError) as error:  # the latter of a torch without CUDA
        if is_shortage(error):
            raise
        raise TransientError(
            ErrorCode.DEVICE_UNAVAILABLE, {"device": device}, detail=end_of_text(error)
        ) from error


def _multiply_in_32_bits() -> None:
    """Unless told, GPUs round to 19 bits (TF32) what convolutions multiply."""
    torch.backends.cudnn.allow_tf32 = False
    torch.backends.cuda.matmul.allow_tf32 = False
