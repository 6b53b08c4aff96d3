import math

import pytest
from builders.mr_series import PLANES
from hypothesis import given
from hypothesis import strategies as st

from segrelay_plugin.rules.planes import OBLIQUE_FROM_DEGREES, Plane, plane_of

AXIAL = "1\\0\\0\\0\\1\\0"
SAGITTAL = "0\\1\\0\\0\\0\\-1"
CORONAL = "1\\0\\0\\0\\0\\-1"


def about_x(degrees: float, turn: float = 0.0) -> str:
    """Axial, tilted about the patient's left-right axis, and turned within its plane."""
    angle, within = math.radians(degrees), math.radians(turn)
    first = (1.0, 0.0, 0.0)
    second = (0.0, math.cos(angle), math.sin(angle))
    row = [math.cos(within) * a + math.sin(within) * b for a, b in zip(first, second, strict=True)]
    column = [
        -math.sin(within) * a + math.cos(within) * b for a, b in zip(first, second, strict=True)
    ]
    return "\\".join(f"{value:.9f}" for value in (*row, *column))


@pytest.mark.parametrize("plane", ["axial", "sagittal", "coronal"])
def test_the_planes_of_the_patient_have_their_names(plane: str) -> None:
    row, column = PLANES[plane]  # type: ignore[index]  # a name of the builder's
    assert plane_of(["\\".join(str(value) for value in (*row, *column))]) == plane


@given(st.floats(-29.9, 29.9), st.floats(0, 360))
def test_below_30_degrees_a_plane_keeps_its_name_however_it_is_turned(
    tilt: float, turn: float
) -> None:
    assert plane_of([about_x(tilt, turn)]) == Plane.AXIAL


@given(st.floats(30.1, 44.9), st.floats(0, 360))
def test_from_30_degrees_on_it_is_oblique(tilt: float, turn: float) -> None:
    assert plane_of([about_x(tilt, turn)]) == Plane.OBLIQUE


def test_oblique_begins_where_the_documentation_says() -> None:
    assert OBLIQUE_FROM_DEGREES == 30


@given(st.floats(45.1, 59.9))
def test_what_is_nearer_to_another_axis_is_oblique_too(tilt: float) -> None:
    assert plane_of([about_x(tilt)]) == Plane.OBLIQUE


def test_images_along_different_axes_are_mixed() -> None:
    assert plane_of([AXIAL, SAGITTAL, CORONAL]) == Plane.MIXED


def test_an_image_that_is_tilted_like_its_neighbours_mixes_nothing() -> None:
    assert plane_of([about_x(3), about_x(4), AXIAL]) == Plane.AXIAL


def test_one_oblique_image_makes_a_series_oblique() -> None:
    assert plane_of([AXIAL, about_x(40)]) == Plane.OBLIQUE


@pytest.mark.parametrize(
    "text", ["", "1\\0\\0", "a\\b\\c\\d\\e\\f", "0\\0\\0\\0\\0\\0", "nan" + AXIAL[1:]]
)
def test_what_is_no_orientation_says_nothing(text: str) -> None:
    assert plane_of([text]) is None
    assert plane_of([text, AXIAL]) == Plane.AXIAL
