"""Four phases of a dynamic study: contrast agent comes and goes, in each part at its own time.

No part is another one's mirror image, and all lie in patient space, so that no grid hides a flip.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from builders.mr_series import CENTRE_LPS, SeriesPlan
from numpy.typing import NDArray

ROLES = ("dce0", "dce1", "dce2", "dce3")

BODY_RADII_MM = (82.0, 90.0, 98.0)
TISSUE = 300
# Centre and radii in mm around the centre of the body; what each phase adds.
PARTS = (
    ((30.0, -25.0, 40.0), (24.0, 16.0, 30.0), (0, 500, 350, 200)),
    ((-40.0, 20.0, -30.0), (20.0, 28.0, 18.0), (0, 150, 400, 450)),
    ((10.0, 45.0, -55.0), (30.0, 14.0, 16.0), (50, 300, 100, 50)),
    ((-20.0, -50.0, 15.0), (12.0, 14.0, 40.0), (200, 200, 200, 600)),
)
# Two windows of 128 voxels of 1.5 mm, which overlap along the slices.
REFERENCE = SeriesPlan(
    plane="oblique", shape_zyx=(85, 150, 140), spacing_zyx_mm=(2.4, 1.2, 1.2), seed=0
)
# The last phase in another plane; parts of the reference lie outside of it.
LAST = SeriesPlan(plane="sagittal", shape_zyx=(70, 92, 96), spacing_zyx_mm=(2.3, 2.1, 1.9), seed=3)


@dataclass(frozen=True)
class DcePlan(SeriesPlan):
    """One phase."""

    phase: int = 0

    def volume_zyx(self) -> NDArray[np.int32]:
        relative = self.points_lps - CENTRE_LPS
        x, y, z = np.moveaxis(relative, -1, 0)
        values = TISSUE + 60 * np.sin(x / 9 + self.phase) + 40 * np.cos(y / 13 - z / 17)
        for centre, radii, added in PARTS:
            values[_inside(relative - centre, radii)] += added[self.phase]
        values[~_inside(relative, BODY_RADII_MM)] = 0
        rounded: NDArray[np.int32] = np.rint(values).astype(np.int32)
        return rounded


def dce_plans(root: str) -> dict[str, DcePlan]:
    """By role, as series of one study; `root` is where their UIDs begin."""
    first = replace(REFERENCE, uid_root=root)
    return {role: _phase(number, first) for number, role in enumerate(ROLES)}


def _phase(number: int, first: SeriesPlan) -> DcePlan:
    grid = LAST if number == len(ROLES) - 1 else first
    changes = {
        "StudyInstanceUID": first.uid(1),
        "FrameOfReferenceUID": first.uid(3),
        "SeriesNumber": 10 + number,
        "SeriesDescription": f"dce phase {number}",
    }
    return DcePlan(
        plane=grid.plane,
        shape_zyx=grid.shape_zyx,
        spacing_zyx_mm=grid.spacing_zyx_mm,
        seed=number,
        uid_root=first.uid_root,
        changes=changes,
        phase=number,
    )


def _inside(
    relative: NDArray[np.float64], radii_mm: tuple[float, float, float]
) -> NDArray[np.bool_]:
    inside: NDArray[np.bool_] = np.sum((relative / np.array(radii_mm)) ** 2, axis=-1) <= 1.0
    return inside
