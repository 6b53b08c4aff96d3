"""A head that is not its own mirror image, defined in patient space, so no grid can hide a flip.

Patient space is DICOM's: mm toward left (L), posterior (P), superior (S).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

AIR, HEAD, LESION = 0, 200, 700  # intensities after rescaling; the stub marks what is above 500

HEAD_RADII_MM = np.array([34.0, 42.0, 30.0])
# Two boxes, each as (least, greatest) corner: the larger left, anterior and high; the smaller
# reaches from it backwards. No axis of symmetry is left.
LESION_BOXES_MM = (
    (np.array([5.0, -25.0, 2.0]), np.array([21.0, -5.0, 17.0])),
    (np.array([9.0, -6.0, 5.0]), np.array([14.0, 11.0, 10.0])),
)


def lesion_at(
    points_lps: NDArray[np.float64], centre_lps: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Whether points [..., 3] lie in the lesion of a head around a centre."""
    relative = points_lps - centre_lps
    inside = [
        np.all((relative >= least) & (relative <= greatest), axis=-1)
        for least, greatest in LESION_BOXES_MM
    ]
    lesion: NDArray[np.bool_] = np.any(inside, axis=0)
    return lesion


def intensity_at(
    points_lps: NDArray[np.float64], centre_lps: NDArray[np.float64]
) -> NDArray[np.int32]:
    """Intensity at points [..., 3]."""
    relative = (points_lps - centre_lps) / HEAD_RADII_MM
    head = np.sum(relative**2, axis=-1) <= 1.0
    values = np.where(head, HEAD, AIR)
    values[lesion_at(points_lps, centre_lps)] = LESION
    return values
