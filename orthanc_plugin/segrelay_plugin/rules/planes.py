# SPDX-License-Identifier: AGPL-3.0-or-later
import math
from collections.abc import Iterable
from enum import StrEnum

OBLIQUE_FROM_DEGREES = 30.0  # a head along AC-PC is axial still, short axes of a heart are not

Vector = tuple[float, float, float]


class Plane(StrEnum):
    """How the images of a series lie in the patient."""

    AXIAL = "axial"  # their normal runs from foot to head
    SAGITTAL = "sagittal"  # from right to left
    CORONAL = "coronal"  # from front to back
    OBLIQUE = "oblique"  # their normal is 30° or more away from each of these
    MIXED = "mixed"  # images along different axes, as in a localizer of three planes


ALONG_AXIS = (Plane.SAGITTAL, Plane.CORONAL, Plane.AXIAL)  # x, y, z of the patient (L, P, S)


def plane_of(orientations: Iterable[str]) -> Plane | None:
    """The plane of all images, by Image Orientation (Patient) (PS3.3 C.7.6.2.1.1) of each.

    None if no image says how it lies.
    """
    normals = [normal for text in set(orientations) if (normal := normal_of(text)) is not None]
    axes = {_nearest_axis(normal) for normal in normals}
    if len(axes) != 1:
        return Plane.MIXED if axes else None
    [axis] = axes
    nearest = math.cos(math.radians(OBLIQUE_FROM_DEGREES))
    is_straight = all(abs(normal[axis]) > nearest for normal in normals)
    return ALONG_AXIS[axis] if is_straight else Plane.OBLIQUE


def normal_of(orientation: str) -> Vector | None:
    """The direction across the slices, of length 1; None where the text is no orientation."""
    try:
        rx, ry, rz, cx, cy, cz = (float(part) for part in orientation.split("\\"))
    except ValueError:
        return None
    normal = (ry * cz - rz * cy, rz * cx - rx * cz, rx * cy - ry * cx)
    length = math.hypot(*normal)
    if not (math.isfinite(length) and length > 0):
        return None
    return (normal[0] / length, normal[1] / length, normal[2] / length)


def _nearest_axis(normal: Vector) -> int:
    return max(range(3), key=lambda axis: abs(normal[axis]))
