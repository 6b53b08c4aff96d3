from __future__ import annotations

import hashlib

import numpy as np
from numpy.typing import NDArray

from segrelay_contract.results import ReportedResult
from segrelay_contract.status import Outcome
from segrelay_worker.dicom_results.measurement import measure_segments
from segrelay_worker.dicom_results.work import FinishedWork


def reported_result(work: FinishedWork, mask_szyx: NDArray[np.bool_]) -> ReportedResult:
    """The same for the same work, whenever and wherever it was done."""
    return ReportedResult(
        outcome=Outcome.SEGMENTED if mask_szyx.any() else Outcome.NOTHING_FOUND,
        segments=measure_segments(work, mask_szyx),
        model=work.package.identity(),
        threshold=work.threshold,
        mask_sha256=mask_sha256(mask_szyx),
    )


def mask_sha256(mask_szyx: NDArray[np.bool_]) -> str:
    """Of uint8 zeros and ones in C order, slices sorted along their normal."""
    return hashlib.sha256(mask_szyx.ravel().view(np.uint8).data).hexdigest()
