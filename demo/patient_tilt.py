"""How the demo's patient lies in the scanner: tilted, so that no image axis is the patient's own.

A system that mixes up axes, or left and right, does well on a straight head and badly on this one.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

TILT_DEGREES: Final = {"x": 12.0, "y": -9.0, "z": 7.0}


def patient_tilt_ras() -> npt.NDArray[np.float64]:
    """The rigid transform from the straight head to the tilted patient: about x, then y, then z.

    Returns:
        4x4 matrix in RAS millimetres, a rotation about the origin.
    """
    about_x, about_y, about_z = (
        rotation(axis, TILT_DEGREES[name]) for axis, name in enumerate("xyz")
    )
    return about_z @ about_y @ about_x


def rotation(axis: int, degrees: float) -> npt.NDArray[np.float64]:
    """Right-handed rotation about one axis, as a 4x4 matrix."""
    cosine, sine = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    first, second = (axis + 1) % 3, (axis + 2) % 3
    matrix = np.eye(4)
    matrix[first, first] = matrix[second, second] = cosine
    matrix[first, second], matrix[second, first] = -sine, sine
    return matrix
