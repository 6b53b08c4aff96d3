from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from builders.finished_work import finished_work
from builders.mr_series import SeriesPlan
from pydicom.uid import EnhancedSRStorage, SegmentationStorage

from segrelay_contract.leases import SupersededObject
from segrelay_worker.dicom_results.report import build_report
from segrelay_worker.dicom_results.reported_result import reported_result
from segrelay_worker.dicom_results.seg import build_seg
from segrelay_worker.dicom_results.seg_content import binary_content

PLAN = SeriesPlan()
EARLIER = (
    SupersededObject(
        kind="SEG",
        sop_class_uid=SegmentationStorage,
        sop_instance_uid="2.25.201",
        series_instance_uid="2.25.202",
    ),
    SupersededObject(
        kind="SR",
        sop_class_uid=EnhancedSRStorage,
        sop_instance_uid="2.25.203",
        series_instance_uid="2.25.204",
    ),
)


def test_seg_and_report_name_those_whose_place_they_take(tmp_path: Path) -> None:
    work = replace(finished_work(tmp_path, PLAN), supersedes=EARLIER)
    mask_szyx = PLAN.truth_zyx[None]
    seg = build_seg(work, binary_content(mask_szyx))
    (reference,) = seg.ReferencedImageSequence
    assert reference.ReferencedSOPInstanceUID == "2.25.201"
    assert reference.PurposeOfReferenceCodeSequence[0].CodeValue == "superseded"
    report = build_report(work, seg, reported_result(work, mask_szyx))
    (study,) = report.PredecessorDocumentsSequence
    assert study.StudyInstanceUID == PLAN.uid(1)
    (series,) = study.ReferencedSeriesSequence
    assert series.SeriesInstanceUID == "2.25.204"
    assert series.ReferencedSOPSequence[0].ReferencedSOPInstanceUID == "2.25.203"


def test_the_first_result_of_a_series_names_none(tmp_path: Path) -> None:
    work = finished_work(tmp_path, PLAN)
    mask_szyx = PLAN.truth_zyx[None]
    seg = build_seg(work, binary_content(mask_szyx))
    assert "ReferencedImageSequence" not in seg
    assert "PredecessorDocumentsSequence" not in build_report(
        work, seg, reported_result(work, mask_szyx)
    )
