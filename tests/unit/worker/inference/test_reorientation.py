from __future__ import annotations

import numpy as np
import pytest
from builders.affines import ORIENTATIONS, affines
from builders.mr_series import PLANES, Plane, SeriesPlan
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray

from segrelay_worker.inference.reorientation import reorientation_to
from segrelay_worker.series_volume.patient_axes import parse_orientation


@given(
    array=arrays.arrays(np.float32, arrays.array_shapes(min_dims=3, max_dims=4, max_side=5)),
    affine=affines(),
    orientation=st.sampled_from(ORIENTATIONS),
)
def test_there_and_back_is_the_same(
    array: NDArray[np.float32], affine: NDArray[np.float64], orientation: str
) -> None:
    reorientation = reorientation_to(orientation, affine)
    there = reorientation.apply(array)
    assert there.flags.c_contiguous
    np.testing.assert_array_equal(reorientation.undo(there), array)


@given(affine=affines(), orientation=st.sampled_from(ORIENTATIONS))
def test_each_network_axis_grows_to_its_letter(
    affine: NDArray[np.float64], orientation: str
) -> None:
    shape_zyx = (4, 5, 6)
    index_zyx = np.moveaxis(np.indices(shape_zyx), 0, -1)
    points_lps = index_zyx @ affine[:3, :3].T
    reorientation = reorientation_to(orientation, affine)
    for axis, direction in enumerate(parse_orientation(orientation)):
        coordinate_xyz = reorientation.apply(points_lps[..., direction.axis])
        assert (np.diff(coordinate_xyz, axis=axis) * direction.sign > 0).all()


@given(affine=affines(), orientation=st.sampled_from(ORIENTATIONS))
def test_each_voxel_stays_where_it_lies_in_the_patient(
    affine: NDArray[np.float64], orientation: str
) -> None:
    shape_zyx = (4, 5, 6)
    reorientation = reorientation_to(orientation, affine)
    moved = reorientation.affine_xyz(affine, shape_zyx)
    for axis in range(3):
        lps_zyx = (affine[axis, :3] @ np.indices(shape_zyx).reshape(3, -1)) + affine[axis, 3]
        lps_xyz = reorientation.apply(lps_zyx.reshape(shape_zyx))
        expected = moved[axis, :3] @ np.indices(lps_xyz.shape).reshape(3, -1) + moved[axis, 3]
        np.testing.assert_allclose(lps_xyz.ravel(), expected, atol=1e-6)


@pytest.mark.parametrize(
    ("plane", "source_axes", "flips"),
    [
        ("axial", (2, 1, 0), (True, True, False)),  # columns to L, rows to P, slices to S
        ("sagittal", (0, 2, 1), (False, True, True)),  # slices to R, columns to P, rows to I
        ("coronal", (2, 0, 1), (True, True, True)),  # columns to L, slices to P, rows to I
        ("oblique", (2, 1, 0), (True, True, False)),
    ],
)
def test_known_planes_reach_ras(
    plane: Plane, source_axes: tuple[int, int, int], flips: tuple[bool, bool, bool]
) -> None:
    assert plane in PLANES
    reorientation = reorientation_to("RAS", SeriesPlan(plane=plane).affine_zyx_to_lps)
    assert (reorientation.source_axes, reorientation.flips) == (source_axes, flips)
