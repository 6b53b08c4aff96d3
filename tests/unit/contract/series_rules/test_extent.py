from __future__ import annotations

import numpy as np
import pytest
from builders.header_rows import headers, tilted, volume_rows

from segrelay_contract.series_rules.extent import (
    Extent,
    extent_of_grid,
    extent_of_slices,
    overlap,
)


def cube(x_mm: float, *, half_mm: float = 1.0, turned: bool = False) -> Extent:
    """Turned by 45 degrees about the z axis, its corner points along x."""
    a, b = (half_mm / np.sqrt(2), half_mm / np.sqrt(2)) if turned else (half_mm, 0.0)
    return Extent((x_mm, 0.0, 0.0), ((0.0, 0.0, half_mm), (a, b, 0.0), (-b, a, 0.0)))


def test_a_volume_reaches_from_outer_face_to_outer_face() -> None:
    extent = extent_of_slices(headers(volume_rows(slices=5, gap_mm=2.0)))
    assert extent is not None
    half_edges_mm = np.array(extent.half_edges_mm)
    np.testing.assert_allclose(half_edges_mm, [[0, 0, 5], [0, 48, 0], [36, 0, 0]], atol=1e-9)
    first_mm = np.array(extent.middle_mm) - [47 * 1.5 / 2, 63 * 1.5 / 2, 4]
    np.testing.assert_allclose(first_mm, [-36, -48, 10], atol=1e-9)


def test_slices_and_their_grid_have_one_extent() -> None:
    slices = headers(volume_rows(slices=7, gap_mm=3.0, directions=tilted(20)))
    normal = np.array([0.0, -np.sin(np.radians(20)), np.cos(np.radians(20))])
    first, row, column = slices[0].position_mm, slices[0].row_direction, slices[0].column_direction
    assert first
    assert row
    assert column
    grid = extent_of_grid(
        first,
        ((0.0, 3 * normal[1], 3 * normal[2]), _times(1.5, column), _times(1.5, row)),
        (7, 64, 48),
    )
    found = extent_of_slices(slices)
    assert found is not None
    np.testing.assert_allclose(found.middle_mm, grid.middle_mm, atol=1e-6)
    np.testing.assert_allclose(found.half_edges_mm, grid.half_edges_mm, atol=1e-6)


def _times(factor: float, vector: tuple[float, float, float]) -> tuple[float, float, float]:
    return (factor * vector[0], factor * vector[1], factor * vector[2])


def test_nothing_is_said_of_a_mosaic() -> None:
    rows = volume_rows(slices=2)
    rows[0]["ImageType"] = "ORIGINAL\\PRIMARY\\M\\MOSAIC"
    assert extent_of_slices(headers(rows)) is None


@pytest.mark.parametrize(
    ("distance_mm", "turned", "expected"),
    [
        (0.0, False, True),
        (1.99, False, True),
        (2.0, False, False),  # they touch: no place is in both
        (2.3, True, True),  # the corner of the turned one reaches farther
        (2.5, True, False),
        (-2.3, True, True),
        (-2.5, True, False),
    ],
)
def test_boxes_overlap_or_do_not(*, distance_mm: float, turned: bool, expected: bool) -> None:
    other = cube(distance_mm, turned=turned)
    assert overlap(cube(0.0), other) is expected
    assert overlap(other, cube(0.0)) is expected


def test_boxes_that_only_a_plane_along_two_edges_separates_do_not_overlap() -> None:
    # Two long bars, crossing at right angles, both turned about their own axis by 45 degrees.
    a = Extent((0.0, 0.0, 0.0), ((9.0, 0.0, 0.0), (0.0, 1.0, 1.0), (0.0, -1.0, 1.0)))
    b = Extent((0.0, 0.0, 4.1), ((0.0, 9.0, 0.0), (1.0, 0.0, 1.0), (-1.0, 0.0, 1.0)))
    assert not overlap(a, b)
    assert overlap(a, Extent((0.0, 0.0, 3.9), b.half_edges_mm))
