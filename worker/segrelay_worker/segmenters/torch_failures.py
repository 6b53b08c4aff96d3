"""What torch raises, as what a request or the process can make of it."""

from __future__ import annotations

import re

import torch

from segrelay_contract.error_codes import ErrorCode
from segrelay_worker.errors import PermanentError
from segrelay_worker.segmenters.memory_ladder import DETAIL_LENGTH
from segrelay_worker.segmenters.segmenter import DeviceLostError

# What networks, and the steps around them, raise of an input that they cannot take.
MODEL_FAILURES = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    RuntimeError,
    TypeError,
    ValueError,
    torch.jit.Error,
)

# The interpreter of TorchScript turns every error into a RuntimeError: only the text is left.
_OUT_OF_MEMORY = re.compile(
    "out of memory|can't allocate memory|not enough memory|Failed to allocate memory"
)
_DEVICE_LOST = re.compile("(CUDA|HIP) error: ")


def is_shortage(error: Exception) -> bool:
    """Whether less might have fitted into memory."""
    is_named = isinstance(error, (torch.OutOfMemoryError, MemoryError))
    return is_named or _OUT_OF_MEMORY.search(str(error)) is not None


def failure_of(error: Exception) -> Exception:
    """What to raise for anything else that a network at work raises."""
    if isinstance(error, torch.AcceleratorError) or _DEVICE_LOST.search(str(error)):
        return DeviceLostError(end_of_text(error))
    return PermanentError(ErrorCode.MODEL_FAILED, detail=end_of_text(error))


def end_of_text(error: Exception) -> str:
    """The end of its text."""
    return str(error)[-DETAIL_LENGTH:]
