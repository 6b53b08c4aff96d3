from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from builders.finished_work import finished_work
from builders.mr_series import SeriesPlan
from pydicom import Dataset

from segrelay_contract.error_codes import ErrorCode
from segrelay_worker.dicom_results.measurement import measure_segments
from segrelay_worker.dicom_results.seg import build_seg
from segrelay_worker.dicom_results.verification import verified_mask
from segrelay_worker.dicom_results.work import FinishedWork
from segrelay_worker.errors import PermanentError
from segrelay_worker.series_volume.volume import SliceSource

PLAN = SeriesPlan(plane="oblique")
MASK_SZYX = PLAN.truth_zyx[None]


def _verified(work: FinishedWork, seg: Dataset) -> np.ndarray:
    buffer = BytesIO()
    seg.save_as(buffer, enforce_file_format=True)
    return verified_mask(buffer.getvalue(), work, MASK_SZYX, measure_segments(work, MASK_SZYX))


def _mirror(seg: Dataset) -> None:
    plane = seg.SharedFunctionalGroupsSequence[0].PlaneOrientationSequence[0]
    right, down = plane.ImageOrientationPatient[:3], plane.ImageOrientationPatient[3:]
    plane.ImageOrientationPatient = [*(-part for part in right), *down]


def _scale(seg: Dataset) -> None:
    seg.SharedFunctionalGroupsSequence[0].PixelMeasuresSequence[0].PixelSpacing = [2.2, 2.5]


def _thicken(seg: Dataset) -> None:
    seg.SharedFunctionalGroupsSequence[0].PixelMeasuresSequence[0].SpacingBetweenSlices = 3.1


def _move(seg: Dataset) -> None:
    position = seg.PerFrameFunctionalGroupsSequence[0].PlanePositionSequence[0]
    position.ImagePositionPatient = [0, 0, 0]


def _refer_elsewhere(seg: Dataset) -> None:
    derivation = seg.PerFrameFunctionalGroupsSequence[0].DerivationImageSequence[0]
    derivation.SourceImageSequence[0].ReferencedSOPInstanceUID = "2.25.1"


def _lose_a_voxel(seg: Dataset) -> None:
    pixels = bytearray(seg.PixelData)
    place = next(index for index, byte in enumerate(pixels) if byte)
    pixels[place] &= pixels[place] - 1
    seg.PixelData = bytes(pixels)


@pytest.mark.parametrize(
    "spoil", [_mirror, _scale, _thicken, _move, _refer_elsewhere, _lose_a_voxel]
)
def test_a_spoilt_seg_is_refused(tmp_path: Path, spoil: Callable[[Dataset], None]) -> None:
    work = finished_work(tmp_path, PLAN)
    seg = build_seg(work, MASK_SZYX)
    spoil(seg)
    with pytest.raises(PermanentError) as caught:
        _verified(work, seg)
    assert caught.value.code is ErrorCode.READBACK_MISMATCH


@pytest.mark.parametrize("first_frame", [1, None])
def test_slices_of_one_image_are_referred_to_as_it_is_stored(
    tmp_path: Path, first_frame: int | None
) -> None:
    plain = finished_work(tmp_path, PLAN)
    sources = tuple(
        SliceSource("1.2.840.10008.5.1.4.1.1.4.1", "2.25.99", first_frame and first_frame + index)
        for index in range(PLAN.shape_zyx[0])
    )
    work = replace(plain, volume=replace(plain.volume, sources=sources))
    seg = build_seg(work, MASK_SZYX)
    np.testing.assert_array_equal(_verified(work, seg), MASK_SZYX)
    (series,) = seg.ReferencedSeriesSequence
    (image,) = series.ReferencedInstanceSequence
    assert image.ReferencedSOPInstanceUID == "2.25.99"
