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

INDEX_TOLERANCE = 0.05  # of a voxel: the positions are copies, only their text is rounded


def read_mask(seg_bytes: bytes, volume: SeriesVolume) -> NDArray[np.bool_]:
    """[segment, slice, row, column] on the grid of the volume, from the bytes of a BINARY SEG.

    Raises TransientError internal_error if a frame lies on no slice of the volume.
    """
    seg = dcmread(BytesIO(seg_bytes))
    frames = pixel_array(seg).astype(bool).reshape(-1, seg.Rows, seg.Columns)
    mask_szyx = np.zeros((len(seg.SegmentSequence), *volume.array_zyx.shape), dtype=bool)
    lps_to_zyx = np.asarray(np.linalg.inv(volume.affine_zyx_to_lps), dtype=np.float64)
    for frame, groups in zip(frames, seg.PerFrameFunctionalGroupsSequence, strict=True):
        identification = _functional_group(seg, groups, "SegmentIdentificationSequence")
        position = _functional_group(seg, groups, "PlanePositionSequence")
        number = identification.ReferencedSegmentNumber
        mask_szyx[number - 1, _slice_index(position, lps_to_zyx)] = frame
    return mask_szyx


def _functional_group(seg: Dataset, frame_groups: Dataset, keyword: str) -> Dataset:
    """A group that all frames share stands in one place for all (DICOM PS3.3 C.7.6.16)."""
    holder = frame_groups if keyword in frame_groups else seg.SharedFunctionalGroupsSequence[0]
    group: Dataset = holder[keyword].value[0]
    return group


def _slice_index(position: Dataset, lps_to_zyx: NDArray[np.float64]) -> int:
    position_mm = [float(part) for part in position.ImagePositionPatient]
    index_zyx = (lps_to_zyx @ [*position_mm, 1.0])[:3]
    nearest = np.rint(index_zyx)
    if np.abs(index_zyx - nearest).max() > INDEX_TOLERANCE or nearest[1:].any():
        raise TransientError(ErrorCode.INTERNAL_ERROR, detail="a SEG frame lies on no source slice")
    return int(nearest[0])
