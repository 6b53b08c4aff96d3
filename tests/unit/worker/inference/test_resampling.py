from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from builders.mr_series import PLANES, Plane, SeriesPlan
from numpy.typing import NDArray

from segrelay_worker.inference.resampling import is_same_grid, onto_grid
from segrelay_worker.series_volume.volume import SeriesVolume

GRID = SeriesPlan()
FINE = SeriesPlan(shape_zyx=(34, 34, 34), spacing_zyx_mm=(2.0, 2.0, 2.0))


def volume_of(plan: SeriesPlan) -> SeriesVolume:
    return SeriesVolume(plan.volume_zyx().astype(np.float32), plan.affine_zyx_to_lps, (), ())


def ramp(plan: SeriesPlan) -> SeriesVolume:
    """Values that tell where a voxel lies: linear in the patient, different along each axis."""
    values: NDArray[np.float64] = plan.points_lps @ [1.0, 20.0, 0.05] + 1000.0
    return replace(volume_of(plan), array_zyx=values.astype(np.float32))


def test_what_lies_on_the_grid_already_is_not_touched() -> None:
    volume = volume_of(replace(GRID, seed=3))
    resampled = onto_grid(volume, volume_of(GRID))
    assert resampled.array_zyx is volume.array_zyx
    assert resampled.covered == 1.0


def test_rounding_in_headers_is_no_other_grid_and_a_shift_is() -> None:
    volume = volume_of(GRID)
    for shift_mm, expected in ((0.01, True), (0.05, False)):
        moved = volume.affine_zyx_to_lps.copy()
        moved[1, 3] += shift_mm
        assert is_same_grid(replace(volume, affine_zyx_to_lps=moved), volume) is expected


def test_a_voxel_size_that_is_off_shows_at_the_far_corner() -> None:
    volume = volume_of(GRID)
    wider = volume.affine_zyx_to_lps.copy()
    wider[:3, 2] *= 1.001  # 0.09 mm at the last column
    assert not is_same_grid(replace(volume, affine_zyx_to_lps=wider), volume)


@pytest.mark.parametrize("plane", PLANES)
def test_each_voxel_gets_the_value_of_its_place_in_the_patient(plane: Plane) -> None:
    grid = volume_of(replace(GRID, plane="oblique", shape_zyx=(10, 20, 16)))
    found = onto_grid(ramp(replace(FINE, plane=plane)), grid)
    expected = ramp(replace(GRID, plane="oblique", shape_zyx=(10, 20, 16))).array_zyx
    assert found.covered == 1.0
    np.testing.assert_allclose(found.array_zyx, expected, atol=1e-3)


@pytest.mark.parametrize("plane", ["sagittal", "coronal"])
def test_the_same_voxels_stored_in_another_plane_come_back_exactly(plane: Plane) -> None:
    other = replace(FINE, plane=plane)
    found = onto_grid(volume_of(other), volume_of(FINE))
    assert found.covered == 1.0
    np.testing.assert_array_equal(found.array_zyx, FINE.volume_zyx())
    assert not np.array_equal(found.array_zyx, other.volume_zyx())


def test_beyond_the_volume_there_is_nothing_and_half_of_the_grid_is_covered() -> None:
    grid, volume = volume_of(FINE), ramp(FINE)
    half = replace(volume, array_zyx=volume.array_zyx[17:])
    moved = volume.affine_zyx_to_lps.copy()
    moved[:3, 3] += 17 * moved[:3, 0]
    found = onto_grid(replace(half, affine_zyx_to_lps=moved), grid)
    assert found.covered == 0.5
    assert not found.array_zyx[:17].any()
    np.testing.assert_array_equal(found.array_zyx[17:], volume.array_zyx[17:])


def test_the_outermost_voxel_reaches_to_its_outer_face() -> None:
    grid = volume_of(replace(GRID, shape_zyx=(40, 4, 4), spacing_zyx_mm=(0.4, 1.0, 1.0)))
    two_slices = replace(GRID, shape_zyx=(2, 20, 20), spacing_zyx_mm=(4.0, 1.0, 1.0))
    array_zyx = np.full((2, 20, 20), 5.0, dtype=np.float32)
    found = onto_grid(replace(volume_of(two_slices), array_zyx=array_zyx), grid)
    filled = found.array_zyx[:, 2, 2] > 0
    assert np.count_nonzero(filled) == 20  # 8 mm, from face to face
    assert set(found.array_zyx[filled, 2, 2]) == {5.0}
    assert filled[10:30].all()
