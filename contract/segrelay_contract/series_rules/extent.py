"""The box that a volume fills in the patient, and whether two of them have a place in common."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

from segrelay_contract.series_rules.geometry import cross, dot
from segrelay_contract.series_rules.headers import SliceHeader, Vector, directions_of, positions_of

_PARALLEL = 1e-9  # a cross product of such a length, relative to its factors, is no axis


@dataclass(frozen=True)
class Extent:
    """A box in any direction: its middle, and from there to the middles of three faces."""

    middle_mm: Vector
    half_edges_mm: tuple[Vector, Vector, Vector]


def extent_of_grid(
    first_mm: Vector, steps_mm: tuple[Vector, Vector, Vector], counts: tuple[int, int, int]
) -> Extent:
    """All voxels of a grid to their outer faces, by the middle of its first voxel."""
    middle = first_mm
    for step, count in zip(steps_mm, counts, strict=True):
        middle = _sum(middle, _scaled(step, (count - 1) / 2))
    slices, rows, columns = (
        _scaled(step, count / 2) for step, count in zip(steps_mm, counts, strict=True)
    )
    return Extent(middle, (slices, rows, columns))


def extent_of_slices(headers: Sequence[SliceHeader]) -> Extent | None:
    """Of one volume, slices in order; None for a mosaic, whose header does not tell it."""
    first = headers[0]
    if len(headers) == 1 or first.is_mosaic or not first.size or not first.pixel_spacing_mm:
        return None
    positions = positions_of(headers)
    row_direction, column_direction = directions_of(first)
    between_rows_mm, between_columns_mm = first.pixel_spacing_mm
    way_mm = _sum(positions[-1], _scaled(positions[0], -1.0))
    steps_mm = (
        _scaled(way_mm, 1 / (len(headers) - 1)),
        _scaled(column_direction, between_rows_mm),
        _scaled(row_direction, between_columns_mm),
    )
    return extent_of_grid(positions[0], steps_mm, (len(headers), *first.size))


def overlap(a: Extent, b: Extent) -> bool:
    """No plane separates them: it would lie along a face of one, or an edge of each.

    S. Gottschalk, M. C. Lin, D. Manocha: OBBTree (SIGGRAPH 1996), theorem 1.
    """
    between = _sum(b.middle_mm, _scaled(a.middle_mm, -1.0))
    return not any(_separates(axis, a, b, between) for axis in _axes(a, b))


def _axes(a: Extent, b: Extent) -> list[Vector]:
    faces = [cross(e.half_edges_mm[i], e.half_edges_mm[i - 1]) for e in (a, b) for i in range(3)]
    edges = []
    for u, v in product(a.half_edges_mm, b.half_edges_mm):
        axis = cross(u, v)
        if dot(axis, axis) > _PARALLEL * dot(u, u) * dot(v, v):
            edges.append(axis)
    return faces + edges


def _separates(axis: Vector, a: Extent, b: Extent, between: Vector) -> bool:
    reach = sum(abs(dot(axis, edge)) for extent in (a, b) for edge in extent.half_edges_mm)
    return abs(dot(axis, between)) >= reach


def _sum(a: Vector, b: Vector) -> Vector:
    return (a[0] + b[0], a[1] + b[1], a[2] + b[2])


def _scaled(vector: Vector, factor: float) -> Vector:
    return (vector[0] * factor, vector[1] * factor, vector[2] * factor)
