"""Whether a SEG says what was computed, before anything is stored."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from segrelay_contract.results import SegmentFigures
from segrelay_worker.dicom_results.readback import mismatch, read_values
from segrelay_worker.dicom_results.readback_claims import require_claims
from segrelay_worker.dicom_results.seg_content import FULL_FRACTION, SegContent
from segrelay_worker.dicom_results.stored_seg import parse_seg
from segrelay_worker.dicom_results.work import FinishedWork


def verified_mask(
    seg_bytes: bytes,
    work: FinishedWork,
    content: SegContent,
    segments: Sequence[SegmentFigures],
) -> NDArray[np.bool_]:
    """The mask as the bytes give it back, [segment, slice, row, column].

    Raises PermanentError readback_mismatch if it is not the one that was computed.
    """
    stored = parse_seg(seg_bytes)
    if (stored.full_fraction is not None) != (content.kind == "fractional"):
        raise mismatch("it is of another kind")
    if stored.full_fraction not in {None, FULL_FRACTION}:
        raise mismatch("its fractions are of another whole")
    values_szyx = read_values(stored, work.volume)
    different = int(np.count_nonzero(values_szyx != content.values_szyx))
    if different:
        raise mismatch(f"{different} voxels differ")
    stored_szyx: NDArray[np.bool_] = values_szyx >= content.least_value
    require_claims(stored, content.least_value, work.volume, stored_szyx, segments)
    return stored_szyx
