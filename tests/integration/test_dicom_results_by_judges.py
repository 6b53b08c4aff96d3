"""The stored result, as programs see it that share no code with the worker."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from builders.finished_work import NOW
from builders.mr_series import CENTRE_LPS, PLANES, Plane, SeriesPlan, build_series, write_series
from fakes.stub_segmenter import StubSegmenter, write_stub_package
from integration import dicom_judges
from integration.dicom_judges import (
    ACCESSION_NUMBER_FILED_TWICE,
    LATERALITY_MISSING,
    JudgeFailedError,
    dcentvfy_complaints,
    dciodvfy_errors,
    dcmqi_mask,
    dcmqi_values,
    pixelmed_errors,
    pixelmed_report_errors,
    said_by,
    tid1500_groups,
)
from numpy.typing import NDArray
from pydicom import dcmread
from pydicom.uid import UID, BasicTextSRStorage

from segrelay_contract.leases import SupersededObject
from segrelay_worker.dicom_results.reported_result import mask_sha256
from segrelay_worker.inference.input_folder import InputFolder
from segrelay_worker.inference.outcome import SeriesOutcome
from segrelay_worker.inference.segment_series import segment_series
from segrelay_worker.segmenters.manifest import SegKind
from segrelay_worker.segmenters.package import ModelPackage, load_package
from segrelay_worker.segmenters.segmenter import (
    PlacedChannels,
    Prediction,
    ReportFraction,
    Segmenter,
)

LEAST_FRACTION = 128  # of 255, above the threshold of a half


@dataclass(frozen=True)
class Judged:
    """One series with its results."""

    plan: SeriesPlan
    sources: list[Path]
    outcome: SeriesOutcome

    def path(self, kind: str) -> Path:
        return next(file.path for file in self.outcome.files if file.kind == kind)

    def mask_zyx(self, folder: Path) -> NDArray[np.bool_]:
        """The first segment as dcmqi reads it."""
        shape = (len(self.outcome.segments), *self.plan.shape_zyx)
        plan_affine = self.plan.affine_zyx_to_lps
        first: NDArray[np.bool_] = dcmqi_mask(self.path("SEG"), folder, plan_affine, shape)[0]
        return first

    def centroid_lps(self, mask_zyx: NDArray[np.bool_]) -> NDArray[np.float64]:
        """The middle of a mask relative to the middle of the head, in patient space."""
        centroid: NDArray[np.float64] = self.plan.points_lps[mask_zyx].mean(axis=0) - CENTRE_LPS
        return centroid


class MirroringSegmenter:
    """The mistake that this file exists for: left and right exchanged."""

    def __init__(self, package: ModelPackage) -> None:
        self._right = StubSegmenter(package)

    def predict(self, channels: PlacedChannels, report: ReportFraction) -> Prediction:
        right = self._right.predict(channels, report)
        return Prediction(np.flip(right.probabilities_sxyz, axis=1))


class Unsure:
    """0.9 within, 0.1 outside."""

    def __init__(self, package: ModelPackage) -> None:
        self._sure = StubSegmenter(package)

    def predict(self, channels: PlacedChannels, report: ReportFraction) -> Prediction:
        sure = self._sure.predict(channels, report).probabilities_sxyz
        return Prediction(sure * np.float32(0.8) + np.float32(0.1))


def _judge(  # noqa: PLR0913 - what tests vary, each by name
    folder: Path,
    plan: SeriesPlan,
    *,
    labels: tuple[str, ...] = ("Lesion",),
    segmenter_type: type[StubSegmenter | MirroringSegmenter | Unsure] = StubSegmenter,
    kind: SegKind = "binary",
    version: str = "1.0.0",
    supersedes: tuple[SupersededObject, ...] = (),
) -> Judged:
    sources = write_series(build_series(plan), folder / "series")
    (folder / "results").mkdir()
    weights = write_stub_package(folder / "package", version=version, labels=labels, kind=kind)
    package = load_package(weights)
    segmenter: Segmenter = segmenter_type(package)
    outcome = segment_series(
        inputs=[InputFolder(folder / "series")],
        results_folder=folder / "results",
        package=package,
        segmenter=segmenter,
        threshold=None,
        run=0,
        report=lambda _stage, _fraction: None,
        now=NOW,
        supersedes=supersedes,
    )
    return Judged(plan, sources, outcome)


@pytest.fixture(params=PLANES, scope="module")
def judged(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Judged:
    plane: Plane = request.param
    return _judge(tmp_path_factory.mktemp("judged"), SeriesPlan(plane=plane))


def test_objects_follow_the_standard(judged: Judged) -> None:
    assert dciodvfy_errors(judged.sources[0]) == []
    assert dciodvfy_errors(judged.path("SEG")) == []
    assert dciodvfy_errors(judged.path("SC")) == []
    assert dciodvfy_errors(judged.path("SR")) == []


def test_series_and_results_are_one_consistent_study(judged: Judged) -> None:
    results = [file.path for file in judged.outcome.files]
    assert dcentvfy_complaints([*judged.sources, *results]) == []


def test_no_voxel_differs_from_the_mask_that_the_worker_made(
    judged: Judged, tmp_path: Path
) -> None:
    read_zyx = judged.mask_zyx(tmp_path / "dcmqi")
    assert mask_sha256(read_zyx[None]) == judged.outcome.mask_sha256
    assert np.count_nonzero(read_zyx != judged.plan.truth_zyx) == 0


def test_the_lesion_lies_left_anterior_and_toward_the_head(judged: Judged, tmp_path: Path) -> None:
    to_left, to_back, to_head = judged.centroid_lps(judged.mask_zyx(tmp_path / "dcmqi"))
    assert to_left > 5
    assert to_back < -5
    assert to_head > 5


@pytest.mark.parametrize("plane", PLANES)
def test_a_mirrored_mask_would_be_noticed(tmp_path: Path, plane: Plane) -> None:
    judged = _judge(tmp_path, SeriesPlan(plane=plane), segmenter_type=MirroringSegmenter)
    read_zyx = judged.mask_zyx(tmp_path / "dcmqi")
    assert np.count_nonzero(read_zyx != judged.plan.truth_zyx) > 0
    assert judged.centroid_lps(read_zyx)[0] < -5
    # As many voxels, as good an object: nothing but the place tells.
    assert np.count_nonzero(read_zyx) == judged.outcome.segments[0].voxel_count
    assert dciodvfy_errors(judged.path("SEG")) == []


def test_the_report_holds_the_figures_that_the_worker_reports(tmp_path: Path) -> None:
    judged = _judge(tmp_path, SeriesPlan(plane="oblique"), labels=("Lesion", "Core"))
    groups = tid1500_groups(judged.path("SR"), tmp_path)
    for group, segment in zip(groups, judged.outcome.segments, strict=True):
        assert group["ReferencedSegment"] == segment.number
        assert group["segmentationSOPInstanceUID"] == dcmread(judged.path("SEG")).SOPInstanceUID
        values = [float(item["value"]) for item in group["measurementItems"]]
        assert values == pytest.approx(
            [segment.volume_ml, segment.voxel_count, segment.longest_diameter_mm]
        )


@pytest.mark.parametrize("kind", ["fractional", "labelmap"])
def test_other_kinds_of_seg_are_read_alike_by_others(tmp_path: Path, kind: SegKind) -> None:
    plan = SeriesPlan(plane="oblique")
    judged = _judge(tmp_path, plan, labels=("Lesion", "Core"), kind=kind, segmenter_type=Unsure)
    assert dciodvfy_errors(judged.path("SEG")) == []
    assert dcmread(judged.path("SEG")).SegmentationType == kind.upper()
    images = 1 if kind == "labelmap" else 2  # dcmqi makes one image of a label map
    affine, shape = plan.affine_zyx_to_lps, (images, *plan.shape_zyx)
    read = dcmqi_values(judged.path("SEG"), tmp_path / "dcmqi", affine, shape)
    lesion = read[0] == 1 if kind == "labelmap" else read[0] >= LEAST_FRACTION
    assert np.count_nonzero(lesion != plan.truth_zyx) == 0
    if kind == "fractional":
        assert np.unique(read[0][~plan.truth_zyx]).tolist() == [round(0.1 * 255)]


def test_what_a_later_version_says_of_earlier_results_is_understood(tmp_path: Path) -> None:
    plan = SeriesPlan(shape_zyx=(10, 22, 18), spacing_zyx_mm=(6.0, 4.0, 5.0))
    earlier = _judge(tmp_path / "1", plan)
    superseded = tuple(
        SupersededObject(
            kind=file.kind,
            sop_class_uid=file.sop_class_uid or "",
            sop_instance_uid=file.sop_instance_uid,
            series_instance_uid=file.series_instance_uid,
        )
        for file in earlier.outcome.files
        if file.kind != "SC"
    )
    later = _judge(tmp_path / "2", plan, version="2.0.0", supersedes=superseded)
    assert dciodvfy_errors(later.path("SEG")) == []
    assert dciodvfy_errors(later.path("SR")) == []
    results = [file.path for judged in (earlier, later) for file in judged.outcome.files]
    assert dcentvfy_complaints([*later.sources, *results]) == []


def test_pixelmed_finds_no_error_but_one_in_its_own_rules(tmp_path: Path) -> None:
    judged = _judge(tmp_path, SeriesPlan(plane="oblique"), labels=("Lesion", "Core"))
    assert pixelmed_errors(judged.path("SEG")) == [LATERALITY_MISSING]


@pytest.mark.long  # Java needs ten seconds for the templates of reports
def test_pixelmed_finds_no_error_in_a_report_of_several_segments(tmp_path: Path) -> None:
    judged = _judge(tmp_path, SeriesPlan(), labels=("Lesion", "Core"))
    assert pixelmed_report_errors(judged.path("SR")) == []


def test_an_empty_segment_beside_a_full_one_is_accepted(tmp_path: Path) -> None:
    judged = _judge(tmp_path, SeriesPlan(plane="oblique"), labels=("Lesion", "Core"))
    assert dciodvfy_errors(judged.path("SEG")) == []
    assert np.count_nonzero(judged.mask_zyx(tmp_path / "dcmqi") != judged.plan.truth_zyx) == 0


def test_picture_and_report_of_nothing_found_follow_the_standard(tmp_path: Path) -> None:
    judged = _judge(tmp_path, SeriesPlan(lesion=False))
    assert dciodvfy_errors(judged.path("SC")) == []
    assert dciodvfy_errors(judged.path("SR")) == []
    assert dcentvfy_complaints([*judged.sources, judged.path("SC"), judged.path("SR")]) == []


def test_a_line_about_accession_numbers_is_said_of_any_report_beside_any_image(
    tmp_path: Path,
) -> None:
    """So that it may be left out: it is not about ours."""
    plan = SeriesPlan(shape_zyx=(2, 4, 4), changes={"AccessionNumber": ""})
    image, _ = write_series(build_series(plan), tmp_path)
    report = dcmread(image)
    for keyword in ("PixelData", "Rows", "Columns"):
        delattr(report, keyword)
    report.SOPClassUID = report.file_meta.MediaStorageSOPClassUID = BasicTextSRStorage
    report.SOPInstanceUID = report.file_meta.MediaStorageSOPInstanceUID = UID("2.25.77")
    report.SeriesInstanceUID, report.Modality = "2.25.78", "SR"
    report.save_as(tmp_path / "report")
    (line,) = said_by("dcentvfy", str(image), str(tmp_path / "report"))
    assert line.startswith(ACCESSION_NUMBER_FILED_TWICE)


def test_the_judges_do_object_to_a_broken_object(tmp_path: Path) -> None:
    judged = _judge(tmp_path, SeriesPlan())
    broken = dcmread(judged.path("SEG"))
    del broken.SegmentSequence
    broken.PatientSex = "F"
    broken.save_as(tmp_path / "broken.dcm")
    assert dciodvfy_errors(tmp_path / "broken.dcm") != []
    assert dcentvfy_complaints([*judged.sources, tmp_path / "broken.dcm"]) != []


@pytest.mark.parametrize(
    "end", ["echo 'Error - Dicom dataset read failed\nAbort'", "kill -SEGV $$"]
)
def test_a_judge_that_gives_up_is_not_taken_for_one_that_is_content(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, end: str
) -> None:
    program = tmp_path / "dciodvfy"
    program.write_text(f"#!/bin/sh\n{end}\n")
    program.chmod(0o700)
    monkeypatch.setattr(dicom_judges, "FOLDERS", [tmp_path])
    with pytest.raises(JudgeFailedError):
        dciodvfy_errors(tmp_path / "any.dcm")
