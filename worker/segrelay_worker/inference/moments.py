"""Mean and standard deviation of large arrays, the same ones each time."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from segrelay_worker.inference.in_parts import in_parts

_PART = 1 << 16  # values that are added up at a time

Values = NDArray[np.float32]  # of one dimension, one at least


def mean_and_deviation(values: Values) -> tuple[np.float64, np.float64]:
    """Of the whole population (divided by N), computed in 64 bits."""
    mean = _sum(values, lambda some: some) / len(values)
    return mean, np.sqrt(_sum(values, lambda some: np.square(some - mean)) / len(values))


def _sum(values: Values, of: Callable[[Values], NDArray[np.floating]]) -> np.float64:
    sums: list[float] = []

    def add(part: slice) -> None:
        sums.append(float(of(values[part]).sum(dtype=np.float64)))

    in_parts(add, len(values), planes=_PART)
    return np.float64(math.fsum(sums))  # exact, so that it does not matter who came first
