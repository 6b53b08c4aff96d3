"""A stored SEG → what it marks on the volume's grid, by where its frames lie in the patient."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from segrelay_contract.error_codes import ErrorCode
from segrelay_worker.dicom_results.stored_seg import StoredFrame, StoredSeg
from segrelay_worker.errors import PermanentError
from segrelay_worker.series_volume.volume import SeriesVolume

TOLERANCE = 0.05  # of a voxel's shortest edge: positions are copies, only their text is rounded


def read_values(stored: StoredSeg, volume: SeriesVolume) -> NDArray[np.uint8]:
    """[segment, slice, row, column]: 0 and 1, or fractions from 0 to 255 of a FRACTIONAL SEG.

    Raises PermanentError readback_mismatch if a frame lies on no slice of the volume.
    """
    values_szyx = np.zeros((stored.segment_count, *volume.array_zyx.shape), dtype=np.uint8)
    if stored.frames[0].pixels_yx.shape != values_szyx.shape[2:]:
        raise mismatch("its slices have another size")
    slice_positions_mm = volume.slice_positions_mm
    limit_mm = TOLERANCE * min(volume.spacing_zyx_mm)
    for frame in stored.frames:
        index = _slice_index(frame, slice_positions_mm, limit_mm)
        _require_same_plane(frame, volume, limit_mm)
        if frame.segment_number is None:
            for number in range(1, stored.segment_count + 1):
                values_szyx[number - 1, index] = frame.pixels_yx == number
        else:
            values_szyx[frame.segment_number - 1, index] = frame.pixels_yx
    return values_szyx


def _slice_index(
    frame: StoredFrame, slice_positions_mm: NDArray[np.float64], limit_mm: float
) -> int:
    """Compared with where each slice truly lies: the even grid is off where a scanner rounded."""
    distances_mm = np.linalg.norm(slice_positions_mm - frame.first_voxel_lps, axis=1)
    nearest = int(distances_mm.argmin())
    if distances_mm[nearest] > limit_mm:
        raise mismatch("one of its frames lies on no source slice")
    return nearest


def _require_same_plane(frame: StoredFrame, volume: SeriesVolume, limit_mm: float) -> None:
    """The far corner must lie where the volume has it: a turned or mirrored frame does not."""
    rows, columns = frame.pixels_yx.shape
    for step_lps, axis, count in (
        (frame.row_step_lps, 1, rows),
        (frame.column_step_lps, 2, columns),
    ):
        off_mm = np.linalg.norm((step_lps - volume.affine_zyx_to_lps[:3, axis]) * (count - 1))
        if off_mm > limit_mm:
            raise mismatch("one of its frames is turned or scaled against its source slice")


def mismatch(difference: str) -> PermanentError:
    """The one error for a SEG that does not say what was computed."""
    return PermanentError(ErrorCode.READBACK_MISMATCH, {"difference": difference})
