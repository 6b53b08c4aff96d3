from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from segrelay_worker.inference.in_parts import in_parts

_Value = TypeVar("_Value", bound=np.generic)

_TOGETHER = 16  # values along the copy's last axis: the lines of memory that lie across fit a cache


def contiguous(array: NDArray[_Value]) -> NDArray[_Value]:
    """As `numpy.ascontiguousarray`, which jumps through memory where axes change places."""
    if array.flags.c_contiguous:
        return array
    copied = np.empty(array.shape, array.dtype)
    axis = _axis_of_parts(array)
    source, target = np.moveaxis(array, axis, 0), np.moveaxis(copied, axis, 0)
    columns = _columns(array)

    def copy(part: slice) -> None:
        for column in columns:
            target[part, ..., column] = source[part, ..., column]

    in_parts(copy, len(source))
    return copied


def _columns(array: NDArray[_Value]) -> list[slice]:
    """All of the last axis at once where it is the one close together in the array too."""
    length = array.shape[-1]
    step = length if _closest(array) == array.ndim - 1 else _TOGETHER
    return [slice(start, start + step) for start in range(0, length, step)]


def _axis_of_parts(array: NDArray[_Value]) -> int:
    """The longest that is close together neither in the array nor in its copy."""
    closest = _closest(array)
    others = [axis for axis in range(array.ndim - 1) if axis != closest]
    return max(others, key=lambda axis: array.shape[axis])


def _closest(array: NDArray[_Value]) -> int:
    """The axis whose values lie next to one another; an axis of one value has no neighbours."""
    longer = [axis for axis in range(array.ndim) if array.shape[axis] > 1]
    return min(longer, key=lambda axis: abs(array.strides[axis]))
