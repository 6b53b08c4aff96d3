"""Earlier results, named in those that take their place."""

from __future__ import annotations

from pydicom import Dataset

from segrelay_worker.dicom_results.codes import SUPERSEDED
from segrelay_worker.dicom_results.references import reference_to
from segrelay_worker.dicom_results.work import FinishedWork


def refer_to_superseded(seg: Dataset, work: FinishedWork) -> None:
    """As related images (DICOM PS3.3 C.7.6.1), with a purpose of our own: DICOM has none for it."""
    references = [
        reference_to(earlier.sop_class_uid, earlier.sop_instance_uid, purpose=SUPERSEDED)
        for earlier in work.supersedes
        if earlier.kind == "SEG"
    ]
    if references:
        seg.ReferencedImageSequence = references


def superseded_reports(work: FinishedWork) -> list[Dataset] | None:
    """As highdicom takes the predecessors of a report (DICOM PS3.3 C.17.2); None for none."""
    reports = []
    for earlier in work.supersedes:
        if earlier.kind == "SR":
            report = Dataset()
            report.SOPClassUID = earlier.sop_class_uid
            report.SOPInstanceUID = earlier.sop_instance_uid
            report.StudyInstanceUID = work.source.StudyInstanceUID
            report.SeriesInstanceUID = earlier.series_instance_uid
            reports.append(report)
    return reports or None
