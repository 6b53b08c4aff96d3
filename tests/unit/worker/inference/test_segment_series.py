from __future__ import annotations

import hashlib
import pickle
from pathlib import Path

import numpy as np
import pytest
from builders.finished_work import NOW
from builders.mr_series import SeriesPlan, build_series, write_series
from builders.segmented import segmented
from fakes.stub_segmenter import StubSegmenter, write_stub_package
from pydicom import Dataset, dcmread
from pydicom.config import disable_value_validation

from segrelay_contract.error_codes import ErrorCode
from segrelay_contract.series_rules.identity import digest_instances
from segrelay_contract.status import Outcome, Stage
from segrelay_worker.errors import PermanentError
from segrelay_worker.inference.input_folder import InputFolder
from segrelay_worker.inference.outcome import SeriesOutcome
from segrelay_worker.inference.segment_series import segment_series
from segrelay_worker.segmenters.package import load_package


def _segment(  # noqa: PLR0913 - what tests vary, each by name
    folder: Path,
    images: list[Dataset],
    *,
    labels: tuple[str, ...] = ("Lesion",),
    threshold: float | None = None,
    stages: list[tuple[Stage, float]] | None = None,
    instances_digest: str | None = None,
) -> SeriesOutcome:
    with disable_value_validation():
        write_series(images, folder / "series")
    (folder / "results").mkdir()
    package = load_package(write_stub_package(folder / "package", labels=labels))
    collected = [] if stages is None else stages
    return segment_series(
        inputs=[InputFolder(folder / "series", instances_digest=instances_digest)],
        results_folder=folder / "results",
        package=package,
        segmenter=StubSegmenter(package),
        threshold=threshold,
        run=0,
        report=lambda stage, fraction: collected.append((stage, fraction)),
        now=NOW,
    )


def test_a_series_that_is_not_what_was_asked_about_is_refused(tmp_path: Path) -> None:
    images = build_series()
    asked = digest_instances(str(image.SOPInstanceUID) for image in images)
    assert _segment(tmp_path / "same", images, instances_digest=asked).files
    with pytest.raises(PermanentError) as refusal:
        _segment(tmp_path / "fewer", images[1:], instances_digest=asked)
    assert refusal.value.code is ErrorCode.SERIES_CHANGED


def test_a_series_becomes_seg_picture_and_report_with_its_figures(tmp_path: Path) -> None:
    plan = SeriesPlan(plane="oblique")
    outcome = _segment(tmp_path, build_series(plan))
    voxels = int(plan.truth_zyx.sum())
    assert outcome.outcome is Outcome.SEGMENTED
    assert [file.kind for file in outcome.files] == ["SEG", "SC", "SR"]
    assert outcome.model == load_package(tmp_path / "package").identity()
    assert [segment.voxel_count for segment in outcome.segments] == [voxels]
    assert outcome.segments[0].volume_ml == pytest.approx(voxels * 3.0 * 2.0 * 2.5 / 1000)
    expected = hashlib.sha256(plan.truth_zyx[None].astype(np.uint8).tobytes()).hexdigest()
    assert outcome.mask_sha256 == expected
    for file in outcome.files:
        stored = dcmread(file.path)
        assert stored.SOPInstanceUID == file.sop_instance_uid
        assert stored.SeriesInstanceUID == file.series_instance_uid
        assert stored.Modality == {"SEG": "SEG", "SC": "OT", "SR": "SR"}[file.kind]


def test_progress_runs_through_both_stages_in_order(tmp_path: Path) -> None:
    stages: list[tuple[Stage, float]] = []
    _segment(tmp_path, build_series(), stages=stages)
    assert stages[0] == (Stage.INFERRING, 0.0)
    assert stages[-1] == (Stage.ENCODING, 1.0)
    assert stages == sorted(stages, key=lambda item: (item[0] is Stage.ENCODING, item[1]))


def test_nothing_found_makes_picture_and_report_but_no_seg(tmp_path: Path) -> None:
    outcome = _segment(tmp_path, build_series(lesion=False))
    assert outcome.outcome is Outcome.NOTHING_FOUND
    assert [file.kind for file in outcome.files] == ["SC", "SR"]
    assert [segment.voxel_count for segment in outcome.segments] == [0]


def test_an_empty_segment_beside_a_full_one_is_kept(tmp_path: Path) -> None:
    outcome = _segment(tmp_path, build_series(), labels=("Lesion", "Core"))
    assert outcome.outcome is Outcome.SEGMENTED
    assert outcome.segments[1].voxel_count == 0
    assert len(dcmread(outcome.files[0].path).SegmentSequence) == 2


@pytest.mark.parametrize(("asked", "used"), [(None, 0.5), (0.0, 0.0), (0.9, 0.9)])
def test_the_request_may_set_the_threshold(
    tmp_path: Path, asked: float | None, used: float
) -> None:
    assert _segment(tmp_path, build_series(), threshold=asked).threshold == used


def test_the_outcome_travels_between_processes(tmp_path: Path) -> None:
    outcome = _segment(tmp_path, build_series())
    assert pickle.loads(pickle.dumps(outcome)) == outcome  # noqa: S301 - made one line above


def test_the_same_work_done_twice_is_the_same_object(tmp_path: Path) -> None:
    first = _segment(tmp_path / "1", build_series(seed=1))
    again = _segment(tmp_path / "2", build_series(seed=1))
    assert [file.path.read_bytes() for file in first.files] == [
        file.path.read_bytes() for file in again.files
    ]


def test_bad_patient_tags_cost_no_result_and_reach_no_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with disable_value_validation():
        images = build_series(
            changes={
                "PatientName": "NoCaret",
                "PatientBirthDate": "1970-01-01",
                "PatientSex": "unknown",
                "PatientAge": "fifty",
                "StudyDate": "2 January",
                "StudyID": "longer than sixteen characters",
            }
        )
        for image in images:
            del image.PatientID, image.AccessionNumber, image.SeriesNumber, image.SliceThickness
    outcome = _segment(tmp_path, images)
    with disable_value_validation():
        for file in outcome.files:
            stored = dcmread(file.path)
            assert stored.PatientName == "NoCaret"
            assert stored.PatientBirthDate == "1970-01-01"
            assert stored.PatientSex == "unknown"
            assert stored.PatientAge == "fifty"
            assert stored.PatientID == ""
    assert "NoCaret" not in caplog.text


def test_a_truncated_file_is_reported_with_its_code(tmp_path: Path) -> None:
    images = build_series()
    write_series(images, tmp_path / "series")
    path = tmp_path / "series" / "IM0004"
    package = load_package(write_stub_package(tmp_path / "package"))
    path.write_bytes(path.read_bytes()[:-500])
    with pytest.raises(PermanentError) as caught:
        segmented(tmp_path / "series", tmp_path, package)
    assert caught.value.code is ErrorCode.UNDECODABLE_PIXELS
    assert caught.value.parameters == {"instance_number": str(images[4].InstanceNumber)}
