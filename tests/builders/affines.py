"""Grids in the patient, and the orientations that a package may ask for."""

from __future__ import annotations

from itertools import permutations, product

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

ORIENTATIONS = [
    "".join(letters) for axes in permutations(("LR", "PA", "SI")) for letters in product(*axes)
]


@st.composite
def affines(draw: st.DrawFn) -> NDArray[np.float64]:
    """Any axes of a patient grid, at most 40 degrees off, with any spacing."""
    angles = [np.radians(draw(st.floats(-20, 20))) for _ in range(3)]
    (sx, sy, sz), (cx, cy, cz) = np.sin(angles), np.cos(angles)
    rotation = (
        np.array([[cz, -sz, 0], [sz, cz, 0], [0, 0, 1]])
        @ np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
        @ np.array([[1, 0, 0], [0, cx, -sx], [0, sx, cx]])
    )
    order = draw(st.permutations(range(3)))
    signs = draw(st.tuples(*[st.sampled_from([-1, 1])] * 3))
    spacing_mm = draw(st.tuples(*[st.floats(0.3, 6.0)] * 3))
    affine = np.eye(4)
    affine[:3, :3] = rotation[:, order] * np.array(signs) * np.array(spacing_mm)
    return affine
