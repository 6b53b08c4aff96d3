from __future__ import annotations

import hashlib
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from builders.finished_work import finished_work
from builders.mr_series import SeriesPlan
from pydicom import Dataset, dcmread

from segrelay_contract.results import ReportedResult
from segrelay_contract.status import Outcome
from segrelay_worker.dicom_results.encoding import encoded
from segrelay_worker.dicom_results.report import build_report
from segrelay_worker.dicom_results.reported_result import reported_result
from segrelay_worker.dicom_results.seg import build_seg
from segrelay_worker.dicom_results.seg_content import binary_content

PLAN = SeriesPlan()


def _items(item: Dataset) -> list[Dataset]:
    below = [one for child in item.get("ContentSequence", ()) for one in _items(child)]
    return [item, *below]


def _named(report: Dataset, meaning: str) -> list[Dataset]:
    return [
        item
        for item in _items(report)
        if item.get("ConceptNameCodeSequence")
        and item.ConceptNameCodeSequence[0].CodeMeaning == meaning
    ]


def _report(folder: Path, *, is_found: bool) -> tuple[Dataset, Dataset | None]:
    work = finished_work(folder, PLAN)
    mask_szyx = PLAN.truth_zyx[None] & is_found
    seg = build_seg(work, binary_content(mask_szyx)) if is_found else None
    return build_report(work, seg, reported_result(work, mask_szyx)), seg


def test_it_refers_to_the_segment_and_to_the_source_series(tmp_path: Path) -> None:
    report, seg = _report(tmp_path, is_found=True)
    assert seg is not None
    (referenced,) = _named(report, "Referenced Segment")
    reference = referenced.ReferencedSOPSequence[0]
    assert reference.ReferencedSOPInstanceUID == seg.SOPInstanceUID
    assert reference.ReferencedSegmentNumber == 1
    (tracking,) = _named(report, "Tracking Unique Identifier")
    assert seg.SegmentSequence[0].TrackingUID == tracking.UID
    (study,) = report.CurrentRequestedProcedureEvidenceSequence
    series = {item.SeriesInstanceUID for item in study.ReferencedSeriesSequence}
    assert series == {seg.SeriesInstanceUID, PLAN.uid(2)}


def test_its_numbers_are_those_of_the_result(tmp_path: Path) -> None:
    report, _ = _report(tmp_path, is_found=True)
    (voxels,) = _named(report, "Number of voxels")
    assert voxels.MeasuredValueSequence[0].NumericValue == np.count_nonzero(PLAN.truth_zyx)
    (volume,) = _named(report, "Volume")
    truth_ml = np.count_nonzero(PLAN.truth_zyx) * 0.015
    assert float(volume.MeasuredValueSequence[0].NumericValue) == pytest.approx(truth_ml)


def test_nothing_found_is_said_in_codes_about_the_source_images(tmp_path: Path) -> None:
    report, _ = _report(tmp_path, is_found=False)
    (presence,) = _named(report, "Presence of property")
    assert presence.ConceptCodeSequence[0].CodeMeaning == "Absent"
    assert _named(report, "Referenced Segment") == []


def _for_machines(report: Dataset) -> ReportedResult:
    read = dcmread(BytesIO(encoded(report)))
    return ReportedResult.model_validate_json(read.private_block(0x0071, "SEGRELAY")[0x01].value)


def test_it_carries_the_result_for_machines(tmp_path: Path) -> None:
    report, _ = _report(tmp_path, is_found=True)
    assert (report[0x0071, 0x0010].VR, report[0x0071, 0x1001].VR) == ("LO", "UT")
    result = _for_machines(report)
    mask_szyx = PLAN.truth_zyx[None]
    assert result == reported_result(finished_work(tmp_path, PLAN), mask_szyx)
    assert result.outcome is Outcome.SEGMENTED
    assert result.segments[0].voxel_count == np.count_nonzero(mask_szyx)
    assert result.mask_sha256 == hashlib.sha256(mask_szyx.astype(np.uint8).tobytes()).hexdigest()


def test_nothing_found_is_said_to_machines_too(tmp_path: Path) -> None:
    report, _ = _report(tmp_path, is_found=False)
    result = _for_machines(report)
    assert (result.outcome, result.segments[0].voxel_count) == (Outcome.NOTHING_FOUND, 0)


def test_the_same_work_makes_the_same_report(tmp_path: Path) -> None:
    first, _ = _report(tmp_path, is_found=True)
    second, _ = _report(tmp_path, is_found=True)
    assert first == second
