"""What torch and ONNX Runtime raise, as what a request or the process can make of it."""

from __future__ import annotations

import re
from collections.abc import Iterator

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
_DEVICE_LOST = re.compile(r"(CUDA|HIP) error: |CUDA failure \d+: ")  # the latter of ONNX Runtime


def is_shortage(error: Exception) -> bool:
    """Whether less might have fitted into memory."""
    return any(
        isinstance(each, (torch.OutOfMemoryError, MemoryError)) or _OUT_OF_MEMORY.search(str(each))
        for each in _with_causes(error)
    )


def failure_of(error: Exception) -> Exception:
    """What to raise for anything else that a network at work raises."""
    if any(
        isinstance(each, torch.AcceleratorError) or _DEVICE_LOST.search(str(each))
        for each in _with_causes(error)
    ):
        return DeviceLostError(end_of_text(error))
    return PermanentError(ErrorCode.MODEL_FAILED, detail=end_of_text(error))


def end_of_text(error: Exception) -> str:
    """The end of its text."""
    return str(error)[-DETAIL_LENGTH:]


def _with_causes(error: BaseException) -> Iterator[BaseException]:
    """Libraries raise errors of their own from what a device says: MONAI of its windows, say."""
    seen = list[BaseException]()
    cause: BaseException | None = error
    while cause is not None and cause not in seen:  # what is raised from itself goes in a circle
        seen.append(cause)
        yield cause
        cause = cause.__cause__
