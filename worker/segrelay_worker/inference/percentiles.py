"""Percentiles of large arrays, to the last bit as numpy finds them, without sorting the whole."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from segrelay_worker.inference.in_parts import in_parts

_SAMPLED = 1 << 16  # values that tell where to look
_DEVIATIONS = 6  # of a rank in such a sample: so near lies what is looked for, almost always
_PART = 1 << 18  # values that are compared at a time

Values = NDArray[np.float32]  # of one dimension


def percentiles_of(values: Values, percentiles: Sequence[float]) -> NDArray[np.float64]:
    """As `numpy.percentile`, linear between neighbours.

    Not a number where one of the values is none.
    """
    if len(values) < _SAMPLED or np.isnan(values.max()):
        return np.percentile(values, percentiles).astype(np.float64)
    # At random: values at equal distances can all lie in one plane of a volume.
    chosen = np.random.default_rng(0).integers(len(values), size=_SAMPLED)
    sample = np.sort(values[chosen])
    places = (len(values) - 1) * (np.asarray(percentiles, dtype=np.float64) / 100)
    return np.array([_at(float(place), values, sample) for place in places])


def _at(place: float, values: Values, sample: Values) -> np.float64:
    """What would stand at this place, which may lie between two values, if all were sorted."""
    first = math.floor(place)
    ranks = (first, min(first + 1, len(values) - 1))
    split = _split(values, *_bounds(sample, first / len(values)))
    before, after = split.ranked(ranks) or np.partition(values, ranks)[[*ranks]]
    share, step = np.float64(place - first), after - before
    # From the nearer of the two, as numpy does it.
    at = after - step * (1 - share) if share >= 0.5 else before + step * share  # noqa: PLR2004 - half
    return np.float64(at)


def _bounds(sample: Values, share: float) -> tuple[np.float32, np.float32]:
    """Between which values this share of all ends, as far as the sample tells."""
    # How many of a sample are of this share is binomially distributed.
    away = _DEVIATIONS * (1 + math.sqrt(len(sample) * share * (1 - share)))
    low, high = (round(share * len(sample) + sign * away) for sign in (-1, 1))
    return (
        sample[low] if low >= 0 else np.float32(-np.inf),
        sample[high] if high < len(sample) else np.float32(np.inf),
    )


@dataclass(frozen=True)
class _Split:
    """How many values lie below and at two bounds, and those between them."""

    low: np.float32
    high: np.float32
    below: int
    at_low: int
    at_high: int
    between: Values

    def ranked(self, ranks: Sequence[int]) -> list[np.float32] | None:
        """The values that would have these ranks if all were sorted; None if one lies beyond."""
        to_low = self.below + self.at_low
        to_high = to_low + len(self.between)
        if min(ranks) < self.below or max(ranks) >= to_high + self.at_high:
            return None
        inside = [rank - to_low for rank in ranks if to_low <= rank < to_high]
        between = np.partition(self.between, inside) if inside else self.between
        return [
            self.low if rank < to_low else self.high if rank >= to_high else between[rank - to_low]
            for rank in ranks
        ]


def _split(values: Values, low: np.float32, high: np.float32) -> _Split:
    found: list[tuple[int, int, int, Values]] = []

    def compare(part: slice) -> None:
        some = values[part]
        below, at_low, at_high = (
            int(np.count_nonzero(each)) for each in (some < low, some == low, some == high)
        )
        found.append((below, at_low, at_high, some[(some > low) & (some < high)]))

    in_parts(compare, len(values), planes=_PART)
    below, at_low, at_high, between = zip(*found, strict=True)
    at_other = sum(at_high) if low < high else 0  # or the same values would be counted twice
    return _Split(low, high, sum(below), sum(at_low), at_other, np.concatenate(between))
