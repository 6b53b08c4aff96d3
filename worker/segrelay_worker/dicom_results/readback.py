"""A stored SEG → mask, by where its frames lie in the patient."""

from __future__ import annotations

from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset, dcmread
from pydicom.pixels.utils import pixel_array

from segrelay_contract.error_codes import ErrorCode
from segrelay_worker.errors import TransientError
from segrelay_worker.series_volume.volume import SeriesVolume

TOLERANCE = 0.05  # of a voxel's shortest edge: positions are copies, only their text is rounded


def read_mask(seg_bytes: bytes, volume: SeriesVolume) -> NDArray[np.bool_]:
    """[segment, slice, row, column] on the grid of the volume, from the bytes of a BINARY SEG.

    Raises TransientError internal_error if a frame lies on no slice of the volume.
    """
    seg = dcmread(BytesIO(seg_bytes))
    frames = pixel_array(seg).astype(bool).reshape(-1, seg.Rows, seg.Columns)
    mask_szyx = np.zeros((len(seg.SegmentSequence), *volume.array_zyx.shape), dtype=bool)
    for frame, groups in zip(frames, seg.PerFrameFunctionalGroupsSequence, strict=True):
        identification = _functional_group(seg, groups, "SegmentIdentificationSequence")
        position = _functional_group(seg, groups, "PlanePositionSequence")
        number = identification.ReferencedSegmentNumber
        mask_szyx[number - 1, _slice_index(position, volume)] = frame
    return mask_szyx


def _functional_group(seg: Dataset, frame_groups: Dataset, keyword: str) -> Dataset:
    """A group that all frames share stands in one place for all (DICOM PS3.3 C.7.6.16)."""
    holder = frame_groups if keyword in frame_groups else seg.SharedFunctionalGroupsSequence[0]
    group: Dataset = holder[keyword].value[0]
    return group


def _slice_index(position: Dataset, volume: SeriesVolume) -> int:
    """Compared with where each slice truly lies: the even grid is off where a scanner rounded."""
    position_mm = np.array(position.ImagePositionPatient, dtype=np.float64)
    distances_mm = np.linalg.norm(volume.slice_positions_mm - position_mm, axis=1)
    nearest = int(distances_mm.argmin())
    if distances_mm[nearest] > TOLERANCE * min(volume.spacing_zyx_mm):
        raise TransientError(ErrorCode.INTERNAL_ERROR, detail="a SEG frame lies on no source slice")
    return nearest
