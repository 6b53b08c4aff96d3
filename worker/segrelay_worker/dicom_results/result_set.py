"""All DICOM objects of one finished request, as files."""

from __future__ import annotations

from pathlib import Path

from pydicom import Dataset

from segrelay_contract.results import ReportedResult
from segrelay_worker.dicom_results.encoding import encoded
from segrelay_worker.dicom_results.report import build_report
from segrelay_worker.dicom_results.result_file import ResultFile, ResultKind
from segrelay_worker.dicom_results.secondary_capture import build_secondary_capture
from segrelay_worker.dicom_results.seg import build_seg
from segrelay_worker.dicom_results.seg_content import SegContent
from segrelay_worker.dicom_results.verification import verified_mask
from segrelay_worker.dicom_results.work import FinishedWork
from segrelay_worker.segmenters.segmenter import ReportFraction


def write_results(
    *,
    work: FinishedWork,
    content: SegContent,
    result: ReportedResult,
    folder: Path,
    report: ReportFraction,
) -> tuple[ResultFile, ...]:
    """Writes SEG, SC, SR; no SEG where no voxel was found: a SEG without frames is no valid one.

    The picture shows the mask as the SEG gives it back.
    Raises PermanentError readback_mismatch if that is not the mask that was to be stored.
    """
    files = []
    stored_szyx = content.mask_szyx
    seg = None
    if stored_szyx.any():
        seg = build_seg(work, content)
        seg_bytes = encoded(seg)
        files.append(_written(folder, "SEG", seg, seg_bytes))
        report(0.4)
        stored_szyx = verified_mask(seg_bytes, work, content, result.segments)
    picture = build_secondary_capture(work, stored_szyx, result.segments)
    files.append(_written(folder, "SC", picture, encoded(picture)))
    report(0.8)
    sr = build_report(work, seg, result)
    files.append(_written(folder, "SR", sr, encoded(sr)))
    report(1.0)
    return tuple(files)


def _written(folder: Path, kind: ResultKind, dataset: Dataset, content: bytes) -> ResultFile:
    path = folder / f"{kind.lower()}.dcm"
    path.write_bytes(content)
    return ResultFile(
        kind=kind,
        path=path,
        sop_instance_uid=str(dataset.SOPInstanceUID),
        series_instance_uid=str(dataset.SeriesInstanceUID),
        sop_class_uid=str(dataset.SOPClassUID),
    )
