"""Codes and names that every result carries."""

from __future__ import annotations

from pydicom.sr.coding import Code

from segrelay_worker.segmenters.manifest import CodedTerm, Segment

MANUFACTURER = "Segrelay"
ARTIFICIAL_INTELLIGENCE = Code("123110", "DCM", "Artificial Intelligence")  # CID 7162
SOURCE_IMAGE = Code("121322", "DCM", "Source image for image processing operation")  # CID 7202

SUPERSEDED = Code("superseded", "99SEGRELAY", "Superseded by this result")

# What a report measures, and how (CID 7469, 7464, 7474); nobody has a code for a count of voxels.
VOLUME = Code("118565006", "SCT", "Volume")
SUM_OF_VOXELS = Code("126030", "DCM", "Sum of segmented voxel method for volume")
LONG_AXIS = Code("103339001", "SCT", "Long axis")
MAXIMUM = Code("56851009", "SCT", "Maximum")
VOXEL_COUNT = Code("voxel-count", "99SEGRELAY", "Number of voxels")
MILLILITRE = Code("ml", "UCUM", "milliliter")
MILLIMETRE = Code("mm", "UCUM", "millimeter")
VOXELS = Code("{voxels}", "UCUM", "voxels")
PRESENCE = Code("121052", "DCM", "Presence of property")
PRESENT = Code("52101004", "SCT", "Present")  # CID 240
ABSENT = Code("2667000", "SCT", "Absent")
IMAGING_PROCEDURE = Code("363679005", "SCT", "Imaging procedure")

SERIES_NUMBER_FACTOR = 100
SERIES_NUMBER_WITHOUT_SOURCE = 90
LARGEST_SOURCE_NUMBER = 20_000_000  # beyond, the product would leave the range of an IS

# One colour per segment, over again where they run out; distinct on grey, also to colour-blind
# readers (Okabe and Ito, 2008).
SEGMENT_RGB = (
    (230, 159, 0),
    (86, 180, 233),
    (0, 158, 115),
    (240, 228, 66),
    (213, 94, 0),
    (204, 121, 167),
)


def code_of(term: CodedTerm) -> Code:
    """A term of a model package as the DICOM libraries take it."""
    return Code(term.value, term.scheme, term.meaning)


def segment_rgb(segment: Segment) -> tuple[int, int, int]:
    """The colour of a segment in SEG and picture alike; the package may choose another."""
    return segment.color or SEGMENT_RGB[(segment.number - 1) % len(SEGMENT_RGB)]


def series_number(source_number: int | None, place: int) -> int:
    """Source series 4 → 401 for the SEG (place 1), 402 for the picture, 403 for the report."""
    if source_number is None or not 0 < source_number <= LARGEST_SOURCE_NUMBER:
        source_number = SERIES_NUMBER_WITHOUT_SOURCE
    return source_number * SERIES_NUMBER_FACTOR + place
