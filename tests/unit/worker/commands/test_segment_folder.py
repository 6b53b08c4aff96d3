from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import nibabel
import numpy as np
import pytest
from builders.mr_series import CENTRE_LPS, SeriesPlan, build_series, write_series
from builders.phantom import lesion_at
from fakes.stub_segmenter import StubSegmenter, write_stub_package
from pydicom import dcmread
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import UID, ExplicitVRLittleEndian, MediaStorageDirectoryStorage

from segrelay_contract.error_codes import ErrorCode
from segrelay_contract.status import Stage
from segrelay_contract.warning_codes import Mended, WarningCode
from segrelay_worker.commands import nifti
from segrelay_worker.commands.errors import CommandError
from segrelay_worker.commands.segment_folder import FolderOrder, segment_folder
from segrelay_worker.errors import PermanentError

PLAN = SeriesPlan(plane="oblique", shape_zyx=(8, 24, 20), spacing_zyx_mm=(7.0, 4.0, 4.5))


@pytest.fixture
def order(tmp_path: Path) -> FolderOrder:
    write_series(build_series(PLAN), tmp_path / "images")
    return FolderOrder(
        folder=tmp_path / "images",
        out=tmp_path / "out",
        series={},
        as_nifti=False,
        model_path=write_stub_package(tmp_path / "model", labels=("Lesion", "Core")),
        device="cpu",
        cache_folder=tmp_path / "cache",
        threshold=None,
        formats="fakes.stub_segmenter:STUB_FORMATS",
    )


def _segment(order: FolderOrder, notes: list[str] | None = None) -> str:
    noted = [] if notes is None else notes
    return "\n".join(
        segment_folder(order, report=lambda _stage, _fraction: None, note=noted.append)
    )


def _files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_folder_becomes_the_objects_that_the_service_would_store(order: FolderOrder) -> None:
    said = _segment(order)
    assert _files(order.out) == ["sc.dcm", "seg.dcm", "sr.dcm"]
    assert f"Lesion: {PLAN.truth_zyx.sum() * 7 * 4 * 4.5 / 1000:.2f} ml" in said
    assert dcmread(order.out / "seg.dcm").SeriesDescription == "stub-bright 1.0.0"


def test_progress_is_told_through_both_stages(order: FolderOrder) -> None:
    for as_nifti in (False, True):
        told: list[tuple[Stage, float]] = []
        changed = replace(order, as_nifti=as_nifti, out=order.out / str(as_nifti))
        segment_folder(
            changed, report=lambda *step, told=told: told.append(step), note=lambda _line: None
        )
        assert told[-1] == (Stage.ENCODING, 1.0)
        assert (Stage.INFERRING, 1.0) in told


def test_nothing_found_is_said(order: FolderOrder) -> None:
    write_series(build_series(replace(PLAN, lesion=False)), order.folder)
    assert "nothing was found" in _segment(order)
    assert _files(order.out) == ["sc.dcm", "sr.dcm"]


def test_nifti_marks_the_same_points_of_the_patient(order: FolderOrder) -> None:
    _segment(replace(order, as_nifti=True))
    assert _files(order.out) == ["segment-1.nii.gz", "segment-2.nii.gz"]
    image = nibabel.Nifti1Image.from_filename(order.out / "segment-1.nii.gz")
    mask = np.asarray(image.dataobj)
    index = np.moveaxis(np.indices(mask.shape), 0, -1)
    for affine in (image.get_sform(), image.get_qform()):  # type: ignore[no-untyped-call]
        points_ras = index @ affine[:3, :3].T + affine[:3, 3]
        assert np.array_equal(mask > 0, lesion_at(points_ras * [-1, -1, 1], CENTRE_LPS))
    assert not np.asarray(
        nibabel.Nifti1Image.from_filename(order.out / "segment-2.nii.gz").dataobj
    ).any()


@pytest.mark.parametrize("as_nifti", [False, True])
def test_what_was_given_up_for_lack_of_memory_is_said(
    order: FolderOrder, monkeypatch: pytest.MonkeyPatch, *, as_nifti: bool
) -> None:
    given_up = Mended(WarningCode.OTHER_DEVICE_USED, {"asked": "cuda", "used": "cpu"})
    predict = StubSegmenter.predict
    monkeypatch.setattr(
        StubSegmenter,
        "predict",
        lambda *told: replace(predict(*told), warnings=(given_up,)),
    )
    assert "the model ran on cpu" in _segment(replace(order, as_nifti=as_nifti))


def test_without_nibabel_it_is_said_what_to_install(
    order: FolderOrder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nifti, "find_spec", lambda _name: None)
    with pytest.raises(CommandError, match=r"pip install 'segrelay-worker\[nifti\]'"):
        _segment(replace(order, as_nifti=True))


def test_of_several_series_one_must_be_chosen_and_none_names_a_patient(order: FolderOrder) -> None:
    other = replace(PLAN, seed=5)
    write_series(build_series(other), order.folder / "more")
    for series in ({}, {"": "1.2.3"}, {"t1": "1.2.3"}):
        with pytest.raises(CommandError) as refusal:
            _segment(replace(order, series=series))
        assert f"{PLAN.uid(2)}  MR  8 files" in str(refusal.value)
        assert f"{other.uid(2)}  MR  8 files" in str(refusal.value)
        assert "Phantom" not in str(refusal.value)
    _segment(replace(order, series={"": other.uid(2)}))
    assert dcmread(order.out / "seg.dcm").StudyInstanceUID == other.uid(1)


def test_a_model_with_several_roles_gets_a_series_for_each(order: FolderOrder) -> None:
    study: dict[str, object] = {
        "StudyInstanceUID": PLAN.uid(1),
        "FrameOfReferenceUID": PLAN.uid(3),
    }
    flair = replace(PLAN, seed=5, changes=study)
    write_series(build_series(flair), order.folder / "more")
    package = write_stub_package(order.folder.parent / "two", roles=("t1", "flair"))
    two = replace(order, model_path=package)
    with pytest.raises(CommandError, match="--series t1=UID --series flair=UID") as refusal:
        _segment(replace(two, series={"t1": PLAN.uid(2)}))
    assert flair.uid(2) in str(refusal.value)
    _segment(replace(two, series={"flair": flair.uid(2), "t1": PLAN.uid(2)}))
    named = dcmread(order.out / "seg.dcm").ReferencedSeriesSequence
    assert {series.SeriesInstanceUID for series in named} == {PLAN.uid(2), flair.uid(2)}


def test_images_of_two_patients_under_one_series_are_refused(order: FolderOrder) -> None:
    corrected = replace(PLAN, changes={"PatientID": "CORRECTED"})
    write_series(build_series(corrected), order.folder / "sent again")
    with pytest.raises(CommandError, match="do not all name the same patient") as refusal:
        _segment(order)
    assert "CORRECTED" not in str(refusal.value)
    assert not order.out.exists()


def test_series_of_two_patients_are_not_analysed_together(order: FolderOrder) -> None:
    of_another: dict[str, object] = {
        "StudyInstanceUID": PLAN.uid(1),
        "FrameOfReferenceUID": PLAN.uid(3),
        "PatientID": "ANOTHER",
    }
    flair = replace(PLAN, seed=5, changes=of_another)
    write_series(build_series(flair), order.folder / "more")
    package = write_stub_package(order.folder.parent / "two", roles=("t1", "flair"))
    series = {"flair": flair.uid(2), "t1": PLAN.uid(2)}
    with pytest.raises(CommandError, match="do not all name the same patient"):
        _segment(replace(order, model_path=package, series=series))
    _segment(replace(order, series={"": flair.uid(2)}))


def test_what_is_no_image_is_left_out_and_said(order: FolderOrder) -> None:
    (order.folder / "read me.txt").write_text("hello", encoding="utf-8")
    _directory_of_a_disc().save_as(order.folder / "DICOMDIR", enforce_file_format=True)
    notes: list[str] = []
    _segment(order, notes)
    assert [note.rpartition(" ")[2] for note in notes] == ["2"]


def _directory_of_a_disc() -> Dataset:
    directory = Dataset()
    directory.file_meta = FileMetaDataset()
    directory.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    directory.file_meta.MediaStorageSOPClassUID = MediaStorageDirectoryStorage
    directory.file_meta.MediaStorageSOPInstanceUID = UID("2.25.1")
    directory.FileSetID = "DISC"
    return directory


def test_a_damaged_image_is_never_left_out(order: FolderOrder) -> None:
    path = order.folder / "IM0007"
    path.write_bytes(path.read_bytes()[:600])
    with pytest.raises(PermanentError) as refusal:
        _segment(order)
    assert refusal.value.code is ErrorCode.UNREADABLE_DICOM


def test_a_folder_without_images_is_refused(order: FolderOrder, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(CommandError, match="holds no DICOM images"):
        _segment(replace(order, folder=tmp_path / "empty"))
    with pytest.raises(CommandError, match="There is no folder"):
        _segment(replace(order, folder=tmp_path / "absent"))


def test_results_are_not_mixed_with_what_is_there(order: FolderOrder) -> None:
    order.out.mkdir()
    (order.out / "seg.dcm").touch()
    with pytest.raises(CommandError, match="Name a new folder"):
        _segment(order)


def test_a_series_that_is_refused_leaves_no_results(order: FolderOrder) -> None:
    (order.folder / "IM0003").unlink()
    with pytest.raises(PermanentError) as refusal:
        _segment(order)
    assert refusal.value.code is ErrorCode.MISSING_SLICES
    assert not order.out.exists()
