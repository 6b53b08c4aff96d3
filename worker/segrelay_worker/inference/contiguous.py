from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from segrelay_worker.inference.in_parts import in_parts

_Value = TypeVar("_Value", bound=np.generic)


def contiguous(array: NDArray[_Value]) -> NDArray[_Value]:
    """As `numpy.ascontiguousarray`, which jumps through memory where axes change places."""
    if array.flags.c_contiguous:
        return array
    copied = np.empty(array.shape, array.dtype)
    axis = _axis_of_parts(array)
    source, target = np.moveaxis(array, axis, 0), np.moveaxis(copied, axis, 0)

    def copy(part: slice) -> None:
        target[part] = source[part]

    in_parts(copy, len(source))
    return copied


def _axis_of_parts(array: NDArray[_Value]) -> int:
    """The longest that is close together neither in the array nor in its copy."""
    closest = int(np.abs(array.strides).argmin())
    others = [axis for axis in range(array.ndim - 1) if axis != closest]
    return max(others, key=lambda axis: array.shape[axis])
