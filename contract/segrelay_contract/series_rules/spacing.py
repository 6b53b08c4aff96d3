"""Are the slices of one volume evenly spaced, above each other, and all there?"""

from __future__ import annotations

from collections.abc import Sequence

from segrelay_contract.error_codes import ErrorCode
from segrelay_contract.series_rules.geometry import SliceOrder, sideways_shift_mm
from segrelay_contract.series_rules.headers import SliceHeader, directions_of, positions_of
from segrelay_contract.series_rules.reason import Reason

GAP_TOLERANCE = 0.01  # of the usual gap, as highdicom's and ITK's readers allow
ROUNDING_MM = 0.01  # positions written with two decimals
SHIFT_TOLERANCE_PIXELS = 0.1
SMALLEST_GAP_MM = 0.02
LARGEST_GAP_MM = 50.0
LARGEST_VOLUME_VOXELS = 400_000_000  # 1.6 GB as it is handed to a network


def spacing_reasons(headers: Sequence[SliceHeader], order: SliceOrder) -> list[Reason]:
    """For at least two parallel images of one size, none at the place of another."""
    return [*_gaps(order), *_shear(headers), *_absurd(order), *_size(headers)]


def _gaps(order: SliceOrder) -> list[Reason]:
    usual = order.usual_gap_mm
    tolerance = max(GAP_TOLERANCE * usual, ROUNDING_MM)
    odd = [index for index, gap in enumerate(order.gaps_mm) if abs(gap - usual) > tolerance]
    if not odd:
        return []
    after_mm = round(order.distances_mm[odd[0]], 1)
    multiples = [round(order.gaps_mm[index] / usual) for index in odd]
    if all(
        multiple > 1 and abs(order.gaps_mm[index] - multiple * usual) <= multiple * tolerance
        for index, multiple in zip(odd, multiples, strict=True)
    ):
        count = sum(multiples) - len(multiples)
        return [Reason(ErrorCode.MISSING_SLICES, {"count": count, "after_mm": after_mm})]
    parameters = {
        "gap_mm": round(order.gaps_mm[odd[0]], 2),
        "spacing_mm": round(usual, 2),
        "after_mm": after_mm,
    }
    return [Reason(ErrorCode.UNEVEN_SPACING, parameters)]


def _shear(headers: Sequence[SliceHeader]) -> list[Reason]:
    shift = sideways_shift_mm(positions_of(headers), *directions_of(headers[0]))
    pixel_mm = min(headers[0].pixel_spacing_mm or (1.0, 1.0))
    if shift <= max(SHIFT_TOLERANCE_PIXELS * pixel_mm, ROUNDING_MM):
        return []
    return [Reason(ErrorCode.SHEARED_SLICES, {"shift_mm": round(shift, 2)})]


def _absurd(order: SliceOrder) -> list[Reason]:
    if SMALLEST_GAP_MM <= order.usual_gap_mm <= LARGEST_GAP_MM:
        return []
    return [Reason(ErrorCode.ABSURD_SPACING, {"spacing_mm": round(order.usual_gap_mm, 3)})]


def _size(headers: Sequence[SliceHeader]) -> list[Reason]:
    voxels = sum(rows * columns for rows, columns in (header.size or (0, 0) for header in headers))
    if voxels <= LARGEST_VOLUME_VOXELS:
        return []
    return [Reason(ErrorCode.TOO_LARGE, {"megavoxels": round(voxels / 1e6)})]
