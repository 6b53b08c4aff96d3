from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from builders.finished_work import finished_work
from builders.mr_series import SeriesPlan
from pydicom import Dataset

from segrelay_worker.dicom_results.codes import SEGMENT_RGB
from segrelay_worker.dicom_results.measurement import measure_segments
from segrelay_worker.dicom_results.secondary_capture import build_secondary_capture

PLAN = SeriesPlan(plane="sagittal")


@pytest.fixture
def picture(tmp_path: Path) -> Dataset:
    work = finished_work(tmp_path, PLAN)
    mask_szyx = PLAN.truth_zyx[None]
    return build_secondary_capture(work, mask_szyx, measure_segments(work, mask_szyx))


def test_it_is_a_colour_picture_with_outlines(picture: Dataset) -> None:
    assert picture.PhotometricInterpretation == "RGB"
    assert (picture.pixel_array == SEGMENT_RGB[0]).all(axis=-1).any()


def test_it_says_how_the_slices_lie_in_the_patient(picture: Dataset) -> None:
    assert list(picture.PatientOrientation) == ["P", "F"]


def test_slices_far_from_every_plane_are_described_by_several_letters(tmp_path: Path) -> None:
    half = 0.5**0.5
    plan = SeriesPlan(directions=((half, half, 0.0), (-0.5, 0.5, -half)))
    work = finished_work(tmp_path, plan)
    mask_szyx = plan.truth_zyx[None]
    picture = build_secondary_capture(work, mask_szyx, measure_segments(work, mask_szyx))
    assert [set(letters) for letters in picture.PatientOrientation] == [set("LP"), set("FPR")]


def test_it_has_a_series_of_its_own_beside_the_seg(picture: Dataset) -> None:
    assert picture.SeriesNumber == 402
    assert picture.SeriesDescription == "stub-bright 1.0.0 picture"
    assert picture.StudyInstanceUID == PLAN.uid(1)
    assert "Not for diagnosis" in picture.DerivationDescription


def test_it_references_the_slices_that_it_shows(picture: Dataset) -> None:
    shown = np.flatnonzero(PLAN.truth_zyx.any(axis=(1, 2)))
    uids = [item.ReferencedSOPInstanceUID for item in picture.SourceImageSequence]
    assert uids == [PLAN.uid(4, int(index) + 1) for index in shown]


def test_nothing_found_is_a_picture_without_outlines(tmp_path: Path) -> None:
    work = finished_work(tmp_path, PLAN)
    empty_szyx = np.zeros((1, *PLAN.shape_zyx), dtype=bool)
    picture = build_secondary_capture(work, empty_szyx, measure_segments(work, empty_szyx))
    assert not (picture.pixel_array == SEGMENT_RGB[0]).all(axis=-1).any()
