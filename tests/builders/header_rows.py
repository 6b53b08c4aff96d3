"""Rows of header tags in the text form of the contract: a good volume, to be spoiled by tests."""

from __future__ import annotations

from collections.abc import Sequence
from math import cos, radians, sin

from segrelay_contract.series_rules.headers import SliceHeader

Row = dict[str, str]
AXIAL = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0))


def tilted(degrees: float) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
    """Row and column direction of a plane turned about the left-right axis."""
    return (1.0, 0.0, 0.0), (0.0, cos(radians(degrees)), sin(radians(degrees)))


def volume_rows(
    *,
    slices: int = 5,
    gap_mm: float = 2.0,
    directions: tuple[Sequence[float], Sequence[float]] = AXIAL,
    digits: int = 12,
) -> list[Row]:
    """A series that is one volume; `digits` is how a scanner rounds what it writes."""
    row, column = directions
    normal = (
        row[1] * column[2] - row[2] * column[1],
        row[2] * column[0] - row[0] * column[2],
        row[0] * column[1] - row[1] * column[0],
    )
    return [
        {
            "SOPInstanceUID": f"1.2.3.{index + 1}",
            "Modality": "MR",
            "Rows": "64",
            "Columns": "48",
            "ImagePositionPatient": joined(
                [
                    origin + gap_mm * index * part
                    for origin, part in zip(ORIGIN, normal, strict=True)
                ],
                digits,
            ),
            "ImageOrientationPatient": joined([*row, *column], digits),
            "PixelSpacing": "1.5\\1.5",
            "FrameOfReferenceUID": "1.2.99",
        }
        for index in range(slices)
    ]


ORIGIN = (-36.0, -48.0, 10.0)


def joined(values: Sequence[float], digits: int = 12) -> str:
    """As DICOM writes decimal strings."""
    return "\\".join(f"{value:.{digits}f}" for value in values)


def headers(rows: Sequence[Row]) -> list[SliceHeader]:
    """As API and worker read them."""
    return [SliceHeader.from_tags(row) for row in rows]
