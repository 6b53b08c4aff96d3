"""What a mask measures, segment by segment."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from segrelay_contract.results import SegmentFigures
from segrelay_worker.dicom_results.in_plane_diameter import longest_in_plane_mm
from segrelay_worker.dicom_results.work import FinishedWork


def measure_segments(
    work: FinishedWork, mask_szyx: NDArray[np.bool_]
) -> tuple[SegmentFigures, ...]:
    """Voxels, ml and longest in-plane diameter of each segment."""
    counts = np.count_nonzero(mask_szyx, axis=(1, 2, 3))
    return tuple(
        SegmentFigures(
            number=segment.number,
            label=segment.label,
            voxel_count=int(count),
            volume_ml=int(count) * work.volume.voxel_ml,
            longest_diameter_mm=longest_in_plane_mm(mask_zyx, work.volume.spacing_zyx_mm[1:]),
        )
        for segment, count, mask_zyx in zip(work.package.segments, counts, mask_szyx, strict=True)
    )
