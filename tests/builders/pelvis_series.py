"""A pelvis as T2 shows it, roughly: what a prostate network looks for, and what lies around it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from builders.mr_series import CENTRE_LPS, SeriesPlan
from numpy.typing import NDArray

FAT, NOISE = 220, 15
# Centre and radii in mm around the prostate, patient axes (L, P, S), and the intensity.
PARTS = (
    ((0, -35, 25), (32, 25, 22), 950),  # bladder
    ((-38, 10, 0), (9, 22, 40), 120),  # muscles
    ((38, 12, 0), (9, 20, 40), 120),
    ((1, 0, -2), (24, 17, 21), 620),  # peripheral zone
    ((-2, -4, 2), (17, 11, 16), 380),  # transition zone
    ((0, 28, -5), (13, 10, 40), 150),  # rectum
)
BODY = ((0, 0, 0), (60, 44, 80))


@dataclass(frozen=True)
class PelvisPlan(SeriesPlan):
    """Any slices of it."""

    def volume_zyx(self) -> NDArray[np.int32]:
        relative = self.points_lps - CENTRE_LPS
        values = np.full(self.shape_zyx, FAT)
        for centre, radii, intensity in PARTS:
            values[_inside(relative, centre, radii)] = intensity
        values += np.random.default_rng(self.seed).normal(0, NOISE, self.shape_zyx).astype(int)
        values[~_inside(relative, *BODY)] = 0
        return values.clip(0).astype(np.int32)


# Tilted, as they are planned along the rectum.
T2 = PelvisPlan(plane="oblique", shape_zyx=(26, 144, 152), spacing_zyx_mm=(3.6, 0.625, 0.625))


def _inside(
    relative: NDArray[np.float64], centre: tuple[int, ...], radii_mm: tuple[int, ...]
) -> NDArray[np.bool_]:
    scaled = (relative - np.array(centre)) / np.array(radii_mm)
    inside: NDArray[np.bool_] = np.sum(scaled**2, axis=-1) <= 1.0
    return inside
