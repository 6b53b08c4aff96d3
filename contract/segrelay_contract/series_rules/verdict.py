"""Suitable for segmentation, or the reasons why not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from segrelay_contract.error_codes import ErrorCode, Parameters
from segrelay_contract.series_rules.geometry import (
    SliceOrder,
    dot,
    order_along_normal,
    sideways_shift_mm,
)
from segrelay_contract.series_rules.headers import SliceHeader, Vector

PARALLEL_COSINE = 0.99999  # 0.26 degrees: more than rounding, less than any second plane
GAP_TOLERANCE = 0.01  # of the usual gap, as highdicom's and ITK's readers allow
ROUNDING_MM = 0.01  # positions written with two decimals
SHIFT_TOLERANCE_PIXELS = 0.1


@dataclass(frozen=True)
class Reason:
    """Why a series is not suitable: a code and what fills its sentence."""

    code: ErrorCode
    parameters: Parameters = field(default_factory=dict)


def judge(headers: Sequence[SliceHeader]) -> tuple[Reason, ...]:
    """The reasons why these images are not one MR volume; empty if they are.

    Stops at the first check whose failure leaves the later ones without meaning.
    """
    for check in (_kind, _presence, _alikeness, _spacing):
        reasons = check(headers)
        if reasons:
            return tuple(reasons)
    return ()


def _kind(headers: Sequence[SliceHeader]) -> list[Reason]:
    foreign = sorted({header.modality or "?" for header in headers} - {"MR"})
    if foreign or not headers:
        return [Reason(ErrorCode.WRONG_MODALITY, {"modality": ", ".join(foreign) or "?"})]
    if any(header.frames > 1 for header in headers):
        return [Reason(ErrorCode.MULTIFRAME_SERIES)]
    if len(headers) == 1:
        return [Reason(ErrorCode.SINGLE_SLICE)]
    return []


def _presence(headers: Sequence[SliceHeader]) -> list[Reason]:
    absent = {
        "ImagePositionPatient": [header.position_mm is None for header in headers],
        "ImageOrientationPatient": [
            header.row_direction is None or header.column_direction is None for header in headers
        ],
        "PixelSpacing": [header.pixel_spacing_mm is None for header in headers],
        "Rows, Columns": [header.size is None for header in headers],
        "FrameOfReferenceUID": [not header.frame_of_reference_uid for header in headers],
    }
    return [
        Reason(ErrorCode.MISSING_GEOMETRY, {"keyword": keyword, "count": sum(flags)})
        for keyword, flags in absent.items()
        if any(flags)
    ]


def _alikeness(headers: Sequence[SliceHeader]) -> list[Reason]:
    planes = _plane_count(headers)
    if planes > 1:
        return [Reason(ErrorCode.MIXED_ORIENTATION, {"planes": planes})]
    reasons = []
    if len({header.frame_of_reference_uid for header in headers}) > 1:
        reasons.append(Reason(ErrorCode.MIXED_FRAME_OF_REFERENCE))
    if len({(header.size, header.pixel_spacing_mm) for header in headers}) > 1:
        reasons.append(Reason(ErrorCode.MIXED_SIZES))
    return reasons


def _plane_count(headers: Sequence[SliceHeader]) -> int:
    planes: list[tuple[Vector, Vector]] = []
    for header in headers:
        row, column = _directions(header)
        if not any(_same_plane((row, column), plane) for plane in planes):
            planes.append((row, column))
    return len(planes)


def _same_plane(a: tuple[Vector, Vector], b: tuple[Vector, Vector]) -> bool:
    return all(dot(u, v) > PARALLEL_COSINE for u, v in zip(a, b, strict=True))


def _spacing(headers: Sequence[SliceHeader]) -> list[Reason]:
    order = slice_order(headers)
    duplicates = sum(gap <= ROUNDING_MM for gap in order.gaps_mm)
    if duplicates:
        return [Reason(ErrorCode.DUPLICATE_POSITION, {"count": duplicates})]
    return _gaps(order) or _shear(headers)


def _gaps(order: SliceOrder) -> list[Reason]:
    usual = order.usual_gap_mm
    tolerance = max(GAP_TOLERANCE * usual, ROUNDING_MM)
    odd = [index for index, gap in enumerate(order.gaps_mm) if abs(gap - usual) > tolerance]
    if not odd:
        return []
    multiples = [round(order.gaps_mm[index] / usual) for index in odd]
    if all(
        multiple > 1 and abs(order.gaps_mm[index] - multiple * usual) <= multiple * tolerance
        for index, multiple in zip(odd, multiples, strict=True)
    ):
        parameters = {
            "count": sum(multiples) - len(multiples),
            "after_mm": round(order.distances_mm[odd[0]], 1),
        }
        return [Reason(ErrorCode.MISSING_SLICES, parameters)]
    parameters = {"gap_mm": round(order.gaps_mm[odd[0]], 2), "spacing_mm": round(usual, 2)}
    return [Reason(ErrorCode.UNEVEN_SPACING, parameters)]


def _shear(headers: Sequence[SliceHeader]) -> list[Reason]:
    shift = sideways_shift_mm(_positions(headers), *_directions(headers[0]))
    pixel_mm = min(headers[0].pixel_spacing_mm or (1.0, 1.0))
    if shift <= max(SHIFT_TOLERANCE_PIXELS * pixel_mm, ROUNDING_MM):
        return []
    return [Reason(ErrorCode.SHEARED_SLICES, {"shift_mm": round(shift, 2)})]


def slice_order(headers: Sequence[SliceHeader]) -> SliceOrder:
    """The order of the slices along their normal. Raises ValueError if one has no place."""
    return order_along_normal(_positions(headers), *_directions(headers[0]))


def _positions(headers: Sequence[SliceHeader]) -> list[Vector]:
    positions = [header.position_mm for header in headers if header.position_mm is not None]
    if len(positions) != len(headers):
        raise ValueError("a header has no position")
    return positions


def _directions(header: SliceHeader) -> tuple[Vector, Vector]:
    if header.row_direction is None or header.column_direction is None:
        raise ValueError("a header has no orientation")
    return header.row_direction, header.column_direction
