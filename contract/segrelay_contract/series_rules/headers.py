"""One image's header facts, read from the text form of its tags."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from segrelay_contract.series_rules.attributes import Attribute, attributes_of

# What the archive is asked for, with the tags as Orthanc writes them. Nothing in here names a
# patient.
HEADER_TAGS = {
    "SOPInstanceUID": "0008,0018",
    "SOPClassUID": "0008,0016",
    "Modality": "0008,0060",
    "Rows": "0028,0010",
    "Columns": "0028,0011",
    "NumberOfFrames": "0028,0008",
    "ImagePositionPatient": "0020,0032",
    "ImageOrientationPatient": "0020,0037",
    "PixelSpacing": "0028,0030",
    "SliceThickness": "0018,0050",
    "FrameOfReferenceUID": "0020,0052",
    "SeriesInstanceUID": "0020,000e",
    "StudyInstanceUID": "0020,000d",
    "InstanceNumber": "0020,0013",
    "AcquisitionTime": "0008,0032",
    "TemporalPositionIdentifier": "0020,0100",
    "EchoTime": "0018,0081",
    "RepetitionTime": "0018,0080",
    "InversionTime": "0018,0082",
    "ImageType": "0008,0008",
    "AcquisitionNumber": "0020,0012",
    "AcquisitionDateTime": "0008,002a",
    "ContentTime": "0008,0033",
    "TriggerTime": "0018,1060",
    "FlipAngle": "0018,1314",
    "ComplexImageComponent": "0008,9208",
    "DiffusionBValue": "0018,9087",
    "DiffusionGradientOrientation": "0018,9089",
}
HEADER_KEYWORDS = tuple(HEADER_TAGS)

ENHANCED_MR_SOP_CLASSES = frozenset(  # DICOM PS3.4 B.5: frames that say where they lie
    {
        "1.2.840.10008.5.1.4.1.1.4.1",  # Enhanced MR
        "1.2.840.10008.5.1.4.1.1.4.4",  # Legacy Converted Enhanced MR
    }
)

UNIT_LENGTH_TOLERANCE = 0.01  # scanners write direction cosines with few digits

Vector = tuple[float, float, float]


@dataclass(frozen=True)
class SliceHeader:
    """Where one image lies in the patient (DICOM PS3.3 C.7.6.2); None where unreadable.

    `row_direction` points along increasing column index, `column_direction` along increasing
    row index; both are in the patient system (L, P, S). One row of tags is one image or one frame;
    `frames` above 1 is an instance whose frames have no row of their own.
    """

    sop_class_uid: str
    sop_instance_uid: str
    instance_number: str
    image_type: tuple[str, ...]
    modality: str
    frames: int
    size: tuple[int, int] | None  # rows, columns
    position_mm: Vector | None
    row_direction: Vector | None
    column_direction: Vector | None
    pixel_spacing_mm: tuple[float, float] | None  # between rows, between columns
    frame_of_reference_uid: str
    attributes: Mapping[Attribute, str]  # what may tell volumes of one series apart

    @property
    def is_mosaic(self) -> bool:
        """Siemens stores all slices of one time as tiles of one image."""
        return "MOSAIC" in self.image_type

    @property
    def is_localizer(self) -> bool:
        """As the scanner itself says (DICOM PS3.3 C.8.3.1.1.1)."""
        return "LOCALIZER" in self.image_type

    @classmethod
    def from_tags(cls, tags: Mapping[str, str]) -> SliceHeader:
        """Reads keyword → text as Orthanc's `?simplify` gives it, values joined by a backslash."""
        orientation = _numbers(tags.get("ImageOrientationPatient", ""), 6)
        rows = _count(tags.get("Rows", ""))
        columns = _count(tags.get("Columns", ""))
        return cls(
            sop_class_uid=tags.get("SOPClassUID", ""),
            instance_number=tags.get("InstanceNumber", ""),
            image_type=tuple(tags.get("ImageType", "").upper().split("\\")),
            sop_instance_uid=tags.get("SOPInstanceUID", ""),
            modality=tags.get("Modality", ""),
            frames=_count(tags.get("NumberOfFrames", "")) or 1,
            size=(rows, columns) if rows and columns else None,
            position_mm=_vector(_numbers(tags.get("ImagePositionPatient", ""), 3)),
            row_direction=_direction(orientation[:3] if orientation else None),
            column_direction=_direction(orientation[3:] if orientation else None),
            pixel_spacing_mm=_spacing(_numbers(tags.get("PixelSpacing", ""), 2)),
            frame_of_reference_uid=tags.get("FrameOfReferenceUID", ""),
            attributes=attributes_of(tags),
        )


def positions_of(headers: Sequence[SliceHeader]) -> list[Vector]:
    """Raises ValueError if an image has none."""
    positions = [header.position_mm for header in headers if header.position_mm is not None]
    if len(positions) != len(headers):
        raise ValueError("a header has no position")
    return positions


def directions_of(header: SliceHeader) -> tuple[Vector, Vector]:
    """Of rows and of columns. Raises ValueError if the image has none."""
    if header.row_direction is None or header.column_direction is None:
        raise ValueError("a header has no orientation")
    return header.row_direction, header.column_direction


def _count(text: str) -> int | None:
    try:
        number = int(text)
    except ValueError:
        return None
    return number if number > 0 else None


def _numbers(text: str, count: int) -> list[float] | None:
    try:
        values = [float(part) for part in text.split("\\")]
    except ValueError:
        return None
    if len(values) != count or not all(math.isfinite(value) for value in values):
        return None
    return values


def _vector(values: list[float] | None) -> Vector | None:
    return (values[0], values[1], values[2]) if values else None


def _direction(values: list[float] | None) -> Vector | None:
    """A unit vector, mended where a scanner rounded its digits; None if it is far from one."""
    vector = _vector(values)
    if vector is None:
        return None
    length = math.hypot(*vector)
    if abs(length - 1.0) > UNIT_LENGTH_TOLERANCE:
        return None
    return (vector[0] / length, vector[1] / length, vector[2] / length)


def _spacing(values: list[float] | None) -> tuple[float, float] | None:
    return (values[0], values[1]) if values else None
