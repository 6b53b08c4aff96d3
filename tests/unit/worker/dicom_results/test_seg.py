from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from builders.finished_work import finished_work
from builders.mr_series import SeriesPlan
from highdicom.color import CIELabColor
from pydicom import Dataset

from segrelay_worker.dicom_results.seg import build_seg
from segrelay_worker.dicom_results.seg_content import binary_content
from segrelay_worker.segmenters.manifest import CodedTerm

PLAN = SeriesPlan()


@pytest.fixture
def seg(tmp_path: Path) -> Dataset:
    return build_seg(finished_work(tmp_path, PLAN), binary_content(PLAN.truth_zyx[None]))


def test_the_segment_is_coded_by_the_package(seg: Dataset) -> None:
    (segment,) = seg.SegmentSequence
    assert segment.SegmentLabel == "Lesion"
    assert segment.SegmentedPropertyTypeCodeSequence[0].CodeValue == "52988006"
    assert segment.SegmentedPropertyCategoryCodeSequence[0].CodeValue == "49755003"
    assert segment.SegmentAlgorithmType == "AUTOMATIC"


def test_region_and_modifiers_of_the_package_are_written(tmp_path: Path) -> None:
    work = finished_work(tmp_path, PLAN)
    left = CodedTerm(value="7771000", scheme="SCT", meaning="Left")
    brain = CodedTerm(value="12738006", scheme="SCT", meaning="Brain")
    (segment,) = work.package.segments
    placed = segment.model_copy(
        update={
            "type_modifier": left,
            "anatomic_region": brain,
            "anatomic_region_modifier": left,
            "color": (255, 0, 0),
        }
    )
    manifest = work.package.manifest.model_copy(update={"segments": (placed,)})
    package = replace(work.package, manifest=manifest)
    (written,) = build_seg(
        replace(work, package=package), binary_content(PLAN.truth_zyx[None])
    ).SegmentSequence
    (region,) = written.AnatomicRegionSequence
    (segment_type,) = written.SegmentedPropertyTypeCodeSequence
    assert region.CodeValue == "12738006"
    assert region.AnatomicRegionModifierSequence[0].CodeValue == "7771000"
    assert segment_type.SegmentedPropertyTypeModifierCodeSequence[0].CodeValue == "7771000"
    red = CIELabColor.from_rgb(255, 0, 0)
    assert tuple(written.RecommendedDisplayCIELabValue) == red.value


def test_it_names_the_software_that_it_was_made_with(seg: Dataset) -> None:
    worker, highdicom = seg.ContributingEquipmentSequence
    assert worker.ManufacturerModelName == "Segrelay worker"
    assert {name.split()[0] for name in worker.SoftwareVersions} >= {"torch", "pydicom"}
    assert worker.ContributionDateTime == "20260131123456"
    assert highdicom.ManufacturerModelName == "highdicom"


def test_the_object_says_which_model_made_it_and_how(seg: Dataset, tmp_path: Path) -> None:
    package = finished_work(tmp_path, PLAN).package
    algorithm = seg.SegmentSequence[0].SegmentationAlgorithmIdentificationSequence[0]
    assert algorithm.AlgorithmName == "stub-bright"
    assert algorithm.AlgorithmVersion == "1.0.0"
    parameters = dict(part.split("=") for part in algorithm.AlgorithmParameters.split(","))
    assert parameters == {
        "weights_sha256": package.weights_sha256,
        "package_digest": package.digest,
        "threshold": "0.5",
    }
    assert seg.SeriesDescription == "stub-bright 1.0.0"
    assert seg.Manufacturer == "Segrelay"


def test_a_way_of_computing_that_was_chosen_is_named(tmp_path: Path) -> None:
    work = replace(finished_work(tmp_path, PLAN), way="openvino_f32")
    seg = build_seg(work, binary_content(PLAN.truth_zyx[None]))
    algorithm = seg.SegmentSequence[0].SegmentationAlgorithmIdentificationSequence[0]
    assert "way=openvino_f32" in algorithm.AlgorithmParameters.split(",")


def test_every_source_image_is_referenced(seg: Dataset) -> None:
    (series,) = seg.ReferencedSeriesSequence
    uids = {item.ReferencedSOPInstanceUID for item in series.ReferencedInstanceSequence}
    assert uids == {PLAN.uid(4, index + 1) for index in range(PLAN.shape_zyx[0])}
    assert series.SeriesInstanceUID == PLAN.uid(2)


def test_each_frame_references_the_slice_it_lies_on(seg: Dataset) -> None:
    slices = np.flatnonzero(PLAN.truth_zyx.any(axis=(1, 2)))
    uids = {
        groups.DerivationImageSequence[0].SourceImageSequence[0].ReferencedSOPInstanceUID
        for groups in seg.PerFrameFunctionalGroupsSequence
    }
    assert uids == {PLAN.uid(4, int(index) + 1) for index in slices}


def test_it_belongs_to_patient_study_and_frame_of_reference_of_the_source(seg: Dataset) -> None:
    assert seg.PatientName == "Phantom^Asymmetric"
    assert seg.StudyInstanceUID == PLAN.uid(1)
    assert seg.FrameOfReferenceUID == PLAN.uid(3)
    assert seg.SeriesNumber == 401


def test_dates_are_those_of_the_clock_that_was_passed_in(seg: Dataset) -> None:
    assert (seg.ContentDate, seg.ContentTime) == ("20260131", "123456")
    assert (seg.InstanceCreationDate, seg.InstanceCreationTime) == ("20260131", "123456")


def test_a_new_run_makes_new_objects(seg: Dataset, tmp_path: Path) -> None:
    work = replace(finished_work(tmp_path, PLAN), run=1)
    other = build_seg(work, binary_content(PLAN.truth_zyx[None]))
    assert other.SOPInstanceUID != seg.SOPInstanceUID
    assert other.SeriesInstanceUID != seg.SeriesInstanceUID
