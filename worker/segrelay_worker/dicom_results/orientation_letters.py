from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

LETTERS = (("R", "L"), ("A", "P"), ("F", "H"))  # against, along each axis of the patient system
LEAST_COSINE = 0.3  # smaller parts of a direction are not worth a letter


def orientation_letters(direction_lps: NDArray[np.float64]) -> str:
    """Where a direction points to, strongest part first: "L", "PH" (DICOM PS3.3 C.7.6.1.1.1)."""
    cosines = direction_lps / np.linalg.norm(direction_lps)
    strongest_first = sorted(range(3), key=lambda axis: -abs(cosines[axis]))
    return "".join(
        LETTERS[axis][int(cosines[axis] > 0)]
        for axis in strongest_first
        if abs(cosines[axis]) >= LEAST_COSINE
    )
