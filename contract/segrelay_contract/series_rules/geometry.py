"""Slices in patient space: order along the normal, gaps, sideways shift."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from statistics import median_low

from segrelay_contract.series_rules.headers import Vector

SAME_PLACE_MM = 0.01  # positions written with two decimals


def dot(a: Vector, b: Vector) -> float:
    """Scalar product."""
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


def cross(a: Vector, b: Vector) -> Vector:
    """Vector product, right-handed."""
    return (
        a[1] * b[2] - a[2] * b[1],
        a[2] * b[0] - a[0] * b[2],
        a[0] * b[1] - a[1] * b[0],
    )


@dataclass(frozen=True)
class SliceOrder:
    """Images sorted along their common normal.

    `indices[k]` is the place in the input of the k-th slice, `distances_mm[k]` its distance from
    the first along the normal, and `normal` = row direction × column direction.
    """

    indices: tuple[int, ...]
    distances_mm: tuple[float, ...]
    normal: Vector

    @property
    def gaps_mm(self) -> tuple[float, ...]:
        """Distances between neighbours, one less than there are slices."""
        return tuple(after - before for before, after in pairwise(self.distances_mm))

    @property
    def usual_gap_mm(self) -> float:
        """The spacing that most slices have: one that occurs, even where slices are missing."""
        return median_low(self.gaps_mm)


def order_along_normal(
    positions_mm: Sequence[Vector], row_direction: Vector, column_direction: Vector
) -> SliceOrder:
    """Sorts by position, never by instance number or file name (DICOM PS3.3 C.7.6.2.1.1)."""
    normal = cross(row_direction, column_direction)
    heights = [dot(position, normal) for position in positions_mm]
    indices = sorted(range(len(heights)), key=lambda index: heights[index])
    lowest = heights[indices[0]]
    return SliceOrder(
        indices=tuple(indices),
        distances_mm=tuple(heights[index] - lowest for index in indices),
        normal=normal,
    )


def places_along_normal(order: SliceOrder) -> dict[int, int]:
    """Place in the input → number of its place along the normal; closer than rounding is one."""
    numbers = accumulate((gap > SAME_PLACE_MM for gap in order.gaps_mm), initial=0)
    return dict(zip(order.indices, numbers, strict=True))


def sideways_shift_mm(
    positions_mm: Sequence[Vector], row_direction: Vector, column_direction: Vector
) -> float:
    """How far image corners leave the line along the normal, at most."""
    rights = [dot(position, row_direction) for position in positions_mm]
    downs = [dot(position, column_direction) for position in positions_mm]
    return max(max(rights) - min(rights), max(downs) - min(downs))
