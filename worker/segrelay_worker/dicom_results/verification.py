"""Whether a SEG says what was computed, before anything is stored."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from segrelay_contract.results import SegmentFigures
from segrelay_worker.dicom_results.readback import mismatch, read_values
from segrelay_worker.dicom_results.readback_claims import require_claims
from segrelay_worker.dicom_results.stored_seg import parse_seg
from segrelay_worker.dicom_results.work import FinishedWork


def verified_mask(
    seg_bytes: bytes,
    work: FinishedWork,
    mask_szyx: NDArray[np.bool_],
    segments: Sequence[SegmentFigures],
) -> NDArray[np.bool_]:
    """The mask as the bytes give it back, [segment, slice, row, column].

    Raises PermanentError readback_mismatch if it is not the one that was computed.
    """
    stored = parse_seg(seg_bytes)
    stored_szyx = read_values(stored, work.volume).astype(bool)
    different = int(np.count_nonzero(stored_szyx != mask_szyx))
    if different:
        raise mismatch(f"{different} voxels differ")
    require_claims(stored, 1, work.volume, mask_szyx, segments)
    return stored_szyx
