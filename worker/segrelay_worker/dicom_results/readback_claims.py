"""What a SEG claims of each segment, counted anew from its own numbers, against what was found.

The comparison of voxels goes through the volume's grid; these claims do not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from segrelay_contract.results import SegmentFigures
from segrelay_worker.dicom_results.readback import TOLERANCE, mismatch
from segrelay_worker.dicom_results.stored_seg import StoredFrame, StoredSeg
from segrelay_worker.series_volume.volume import SeriesVolume, SliceSource

RELATIVE_VOLUME_TOLERANCE = 1e-3  # spacings are rounded in their text


@dataclass(frozen=True)
class Claims:
    """Where a segment lies and how much it is."""

    voxel_count: int
    centre_lps: NDArray[np.float64]
    first_source: tuple[str, int | None]
    last_source: tuple[str, int | None]


def require_claims(
    stored: StoredSeg,
    least_value: int,
    volume: SeriesVolume,
    mask_szyx: NDArray[np.bool_],
    figures: Sequence[SegmentFigures],
) -> None:
    """Same side, same volume, same first and last slice; raises PermanentError readback_mismatch.

    A pixel of the SEG counts from `least_value` on.
    """
    for segment, mask_zyx in zip(figures, mask_szyx, strict=True):
        found = _found(volume, mask_zyx)
        claimed = _claimed(stored, segment.number, least_value)
        if (found is None) != (claimed is None):
            raise mismatch(f"segment {segment.number} is empty in one of them")
        if found is None or claimed is None:
            continue
        _require_volume(stored, claimed, segment)
        limit_mm = TOLERANCE * min(volume.spacing_zyx_mm)
        if np.linalg.norm(found.centre_lps - claimed.centre_lps) > limit_mm:
            raise mismatch(f"segment {segment.number} lies at another place")
        if (found.first_source, found.last_source) != (claimed.first_source, claimed.last_source):
            raise mismatch(f"segment {segment.number} begins or ends on another slice")


def _require_volume(stored: StoredSeg, claimed: Claims, segment: SegmentFigures) -> None:
    claimed_ml = claimed.voxel_count * stored.voxel_ml
    if abs(claimed_ml - segment.volume_ml) > RELATIVE_VOLUME_TOLERANCE * segment.volume_ml:
        raise mismatch(f"segment {segment.number} has another volume")


def _found(volume: SeriesVolume, mask_zyx: NDArray[np.bool_]) -> Claims | None:
    """Of the mask on the volume's grid."""
    indices = np.flatnonzero(mask_zyx.any(axis=(1, 2)))
    if not len(indices):
        return None
    row_step_lps, column_step_lps = volume.affine_zyx_to_lps[:3, 1:3].T
    positions_mm = volume.slice_positions_mm
    count, total_lps = 0, np.zeros(3)
    for index in indices:
        marked, down, right = _moments(mask_zyx[index])
        count += marked
        total_lps += marked * positions_mm[index] + down * row_step_lps + right * column_step_lps
    first, last = volume.sources[indices[0]], volume.sources[indices[-1]]
    return Claims(count, total_lps / count, _reference(first), _reference(last))


def _claimed(stored: StoredSeg, number: int, least_value: int) -> Claims | None:
    """Of the frames of the SEG, sorted along their normal."""
    count, total_lps = 0, np.zeros(3)
    with_marks = []
    for frame in stored.frames:
        marked, down, right = _moments(_pixels_of(frame, number, least_value))
        if marked:
            with_marks.append(frame)
            count += marked
            total_lps += marked * frame.first_voxel_lps
            total_lps += down * frame.row_step_lps + right * frame.column_step_lps
    if not with_marks:
        return None
    normal = np.cross(with_marks[0].column_step_lps, with_marks[0].row_step_lps)
    with_marks.sort(key=lambda frame: float(frame.first_voxel_lps @ normal))
    first, last = with_marks[0], with_marks[-1]
    return Claims(count, total_lps / count, first.reference, last.reference)


def _pixels_of(frame: StoredFrame, number: int, least_value: int) -> NDArray[np.bool_]:
    if frame.segment_number is None:
        return np.equal(frame.pixels_yx, number)
    if frame.segment_number != number:
        return np.zeros((0, 0), dtype=bool)
    return np.greater_equal(frame.pixels_yx, least_value)


def _moments(mask_yx: NDArray[np.bool_]) -> tuple[int, int, int]:
    """How many are marked, and the sums of their rows and columns."""
    by_row, by_column = np.count_nonzero(mask_yx, axis=1), np.count_nonzero(mask_yx, axis=0)
    return (
        int(by_row.sum()),
        int(by_row @ np.arange(len(by_row))),
        int(by_column @ np.arange(len(by_column))),
    )


def _reference(source: SliceSource) -> tuple[str, int | None]:
    if source.is_interpolated:
        return "", None
    return source.sop_instance_uid, source.frame_number
