"""A SEG by its bytes alone: what another program would understand of it."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset, dcmread
from pydicom.pixels.utils import pixel_array


@dataclass(frozen=True)
class StoredFrame:
    """One frame with its place in the patient, in mm; steps are from voxel to voxel."""

    segment_number: int | None  # None in a LABELMAP, whose pixels are numbers of segments
    first_voxel_lps: NDArray[np.float64]
    row_step_lps: NDArray[np.float64]  # from one row to the next
    column_step_lps: NDArray[np.float64]
    source_uid: str  # empty: it lies on no stored image
    source_frame: int | None
    pixels_yx: NDArray[np.uint8]

    @property
    def reference(self) -> tuple[str, int | None]:
        """The image that it lies on, and which frame of it."""
        return self.source_uid, self.source_frame


@dataclass(frozen=True)
class StoredSeg:
    """All frames of a SEG; where a segment is marked nowhere, it has none."""

    segment_count: int
    full_fraction: int | None  # Maximum Fractional Value of a FRACTIONAL one
    between_slices_mm: float
    frames: tuple[StoredFrame, ...]

    @property
    def voxel_ml(self) -> float:
        """The volume of a voxel as this object says it."""
        frame = self.frames[0]
        area_mm2 = np.linalg.norm(frame.row_step_lps) * np.linalg.norm(frame.column_step_lps)
        return float(area_mm2 * self.between_slices_mm) / 1000.0


def parse_seg(seg_bytes: bytes) -> StoredSeg:
    """BINARY, FRACTIONAL or LABELMAP."""
    seg = dcmread(BytesIO(seg_bytes))
    pixels = pixel_array(seg).reshape(-1, seg.Rows, seg.Columns)
    shared = seg.SharedFunctionalGroupsSequence[0]
    frames = tuple(
        _frame(shared, own, pixels_yx)
        for own, pixels_yx in zip(seg.PerFrameFunctionalGroupsSequence, pixels, strict=True)
    )
    is_labelmap = seg.SegmentationType == "LABELMAP"
    numbers = [item.SegmentNumber for item in seg.SegmentSequence]
    return StoredSeg(
        segment_count=sum(number > 0 for number in numbers) if is_labelmap else len(numbers),
        full_fraction=seg.get("MaximumFractionalValue"),
        between_slices_mm=_between_slices_mm(shared.PixelMeasuresSequence[0]),
        frames=frames,
    )


def _between_slices_mm(measures: Dataset) -> float:
    """Where slices are a little uneven, highdicom names their thickness alone: the same number."""
    return float(measures.get("SpacingBetweenSlices") or measures.SliceThickness)


def _frame(shared: Dataset, own: Dataset, pixels_yx: NDArray[np.uint8]) -> StoredFrame:
    orientation = np.array(
        _group(shared, own, "PlaneOrientationSequence").ImageOrientationPatient, dtype=np.float64
    )
    measures = _group(shared, own, "PixelMeasuresSequence")
    between_rows_mm, between_columns_mm = (float(part) for part in measures.PixelSpacing)
    source = _source(own)
    frame_number = source.get("ReferencedFrameNumber")
    identification = own.get("SegmentIdentificationSequence")
    return StoredFrame(
        segment_number=identification[0].ReferencedSegmentNumber if identification else None,
        first_voxel_lps=np.array(
            _group(shared, own, "PlanePositionSequence").ImagePositionPatient, dtype=np.float64
        ),
        row_step_lps=orientation[3:] * between_rows_mm,
        column_step_lps=orientation[:3] * between_columns_mm,
        source_uid=str(source.get("ReferencedSOPInstanceUID", "")),
        source_frame=None if frame_number is None else int(frame_number),
        pixels_yx=pixels_yx,
    )


def _source(own: Dataset) -> Dataset:
    derivation = own.get("DerivationImageSequence")
    source: Dataset = derivation[0].SourceImageSequence[0] if derivation else Dataset()
    return source


def _group(shared: Dataset, own: Dataset, keyword: str) -> Dataset:
    """A group that all frames share stands in one place for all (DICOM PS3.3 C.7.6.16)."""
    holder = own if keyword in own else shared
    group: Dataset = holder[keyword].value[0]
    return group
