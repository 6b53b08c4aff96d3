"""All DICOM objects of one finished request, as files."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset

from segrelay_contract.error_codes import ErrorCode
from segrelay_contract.results import SegmentFigures
from segrelay_worker.dicom_results.readback import read_mask
from segrelay_worker.dicom_results.result_file import ResultFile, ResultKind
from segrelay_worker.dicom_results.secondary_capture import build_secondary_capture
from segrelay_worker.dicom_results.seg import build_seg
from segrelay_worker.dicom_results.work import FinishedWork
from segrelay_worker.errors import TransientError
from segrelay_worker.segmenters.segmenter import ReportFraction


def write_results(
    *,
    work: FinishedWork,
    mask_szyx: NDArray[np.bool_],
    segments: tuple[SegmentFigures, ...],
    folder: Path,
    report: ReportFraction,
) -> tuple[ResultFile, ...]:
    """Writes SEG, then SC; only the SC where no voxel was found, which a SEG cannot say.

    The picture shows the mask as the SEG gives it back.
    Raises TransientError internal_error if that is not the mask that was to be stored.
    """
    files = []
    stored_szyx = mask_szyx
    if mask_szyx.any():
        seg = build_seg(work, mask_szyx)
        seg_bytes = _encoded(seg)
        files.append(_written(folder, "SEG", seg, seg_bytes))
        report(0.5)
        stored_szyx = read_mask(seg_bytes, work.volume)
        _require_same(stored_szyx, mask_szyx)
    picture = build_secondary_capture(work, stored_szyx, segments)
    files.append(_written(folder, "SC", picture, _encoded(picture)))
    report(1.0)
    return tuple(files)


def measure_segments(
    work: FinishedWork, mask_szyx: NDArray[np.bool_]
) -> tuple[SegmentFigures, ...]:
    """Voxels and ml of each segment."""
    counts = np.count_nonzero(mask_szyx, axis=(1, 2, 3))
    return tuple(
        SegmentFigures(
            number=segment.number,
            label=segment.label,
            voxel_count=int(count),
            volume_ml=int(count) * work.volume.voxel_ml,
        )
        for segment, count in zip(work.package.segments, counts, strict=True)
    )


def _encoded(dataset: Dataset) -> bytes:
    buffer = BytesIO()
    dataset.save_as(buffer, enforce_file_format=True)
    return buffer.getvalue()


def _written(folder: Path, kind: ResultKind, dataset: Dataset, content: bytes) -> ResultFile:
    path = folder / f"{kind.lower()}.dcm"
    path.write_bytes(content)
    return ResultFile(
        kind=kind,
        path=path,
        sop_instance_uid=str(dataset.SOPInstanceUID),
        series_instance_uid=str(dataset.SeriesInstanceUID),
    )


def _require_same(stored_szyx: NDArray[np.bool_], mask_szyx: NDArray[np.bool_]) -> None:
    different = int(np.count_nonzero(stored_szyx != mask_szyx))
    if different:
        raise TransientError(
            ErrorCode.INTERNAL_ERROR, detail=f"{different} voxels of the SEG are not the mask's"
        )
