"""Do images lie in one plane, in one frame of reference, with one believable size?"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

from segrelay_contract.error_codes import ErrorCode
from segrelay_contract.series_rules.geometry import cross, dot
from segrelay_contract.series_rules.headers import SliceHeader, Vector
from segrelay_contract.series_rules.reason import Reason

PARALLEL_COSINE = 0.99999  # 0.26 degrees: more than rounding, less than any second plane
CROSSING_COSINE = 0.5  # planes of a localizer cross each other steeply
SMALLEST_PIXEL_MM = 0.01
LARGEST_PIXEL_MM = 20.0

_Plane = tuple[Vector, Vector]


def alikeness_reasons(headers: Sequence[SliceHeader]) -> list[Reason]:
    """What keeps the images from being slices of one volume; images without a fact don't count."""
    reasons = _planes(headers)
    if len({header.frame_of_reference_uid for header in headers} - {""}) > 1:
        reasons.append(Reason(ErrorCode.MIXED_FRAME_OF_REFERENCE))
    if len({header.size for header in headers} - {None}) > 1 or len(_spacings(headers)) > 1:
        reasons.append(Reason(ErrorCode.MIXED_SIZES))
    return reasons + _absurd_spacing(headers)


def _planes(headers: Sequence[SliceHeader]) -> list[Reason]:
    planes: list[_Plane] = []
    for header in headers:
        row, column = header.row_direction, header.column_direction
        if row and column and not any(_same((row, column), plane) for plane in planes):
            planes.append((row, column))
    if len(planes) <= 1:
        return []
    normals = [cross(*plane) for plane in planes]
    if any(abs(dot(a, b)) < CROSSING_COSINE for a, b in combinations(normals, 2)):
        return [Reason(ErrorCode.LOCALIZER)]
    return [Reason(ErrorCode.MIXED_ORIENTATION, {"planes": len(planes)})]


def _same(a: _Plane, b: _Plane) -> bool:
    return all(dot(u, v) > PARALLEL_COSINE for u, v in zip(a, b, strict=True))


def _spacings(headers: Sequence[SliceHeader]) -> set[tuple[float, float]]:
    """Scanners write one spacing with more digits in one image than in the next."""
    return {
        (round(spacing[0], 5), round(spacing[1], 5))
        for spacing in (header.pixel_spacing_mm for header in headers)
        if spacing
    }


def _absurd_spacing(headers: Sequence[SliceHeader]) -> list[Reason]:
    values = {value for header in headers for value in header.pixel_spacing_mm or ()}
    absurd = sorted(v for v in values if not SMALLEST_PIXEL_MM <= v <= LARGEST_PIXEL_MM)
    return [Reason(ErrorCode.ABSURD_SPACING, {"spacing_mm": absurd[0]})] if absurd else []
