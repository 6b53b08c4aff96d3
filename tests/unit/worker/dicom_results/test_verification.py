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
from segrelay_worker.dicom_results.seg_content import SegContent, binary_content, seg_content
from segrelay_worker.dicom_results.verification import verified_mask
from segrelay_worker.dicom_results.work import FinishedWork
from segrelay_worker.errors import PermanentError
from segrelay_worker.segmenters.manifest import SegKind
from segrelay_worker.series_volume.volume import SliceSource

PLAN = SeriesPlan(plane="oblique")
MASK_SZYX = PLAN.truth_zyx[None]


def _encoded(seg: Dataset) -> bytes:
    buffer = BytesIO()
    seg.save_as(buffer, enforce_file_format=True)
    return buffer.getvalue()


def _verified(work: FinishedWork, seg: Dataset) -> np.ndarray:
    figures = measure_segments(work, MASK_SZYX)
    return verified_mask(_encoded(seg), work, binary_content(MASK_SZYX), figures)


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
    seg = build_seg(work, binary_content(MASK_SZYX))
    spoil(seg)
    with pytest.raises(PermanentError) as caught:
        _verified(work, seg)
    assert caught.value.code is ErrorCode.READBACK_MISMATCH


KINDS: list[SegKind] = ["binary", "fractional", "labelmap"]


def _content(kind: SegKind) -> SegContent:
    """Two segments that touch, with probabilities of every size."""
    mask_szyx = np.stack([PLAN.truth_zyx, ~PLAN.truth_zyx])
    mask_szyx[1, :, 20:] = False
    noise = np.random.default_rng(0).random(mask_szyx.shape, dtype=np.float32) / 2
    probabilities_szyx = (noise + mask_szyx / 2).astype(np.float32)
    return seg_content(kind, mask_szyx, probabilities_szyx, 0.5)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_gives_back_what_it_holds(tmp_path: Path, kind: SegKind) -> None:
    work, content = finished_work(tmp_path, PLAN, labels=("Lesion", "Rest")), _content(kind)
    figures = measure_segments(work, content.mask_szyx)
    seg = build_seg(work, content)
    assert seg.SegmentationType == kind.upper()
    stored_szyx = verified_mask(_encoded(seg), work, content, figures)
    np.testing.assert_array_equal(stored_szyx, content.mask_szyx)


@pytest.mark.parametrize("kind", KINDS)
def test_one_voxel_of_another_value_is_found_in_every_kind(tmp_path: Path, kind: SegKind) -> None:
    work, content = finished_work(tmp_path, PLAN, labels=("Lesion", "Rest")), _content(kind)
    seg = build_seg(work, content)
    pixels = bytearray(seg.PixelData)
    pixels[len(pixels) // 2] ^= 1
    seg.PixelData = bytes(pixels)
    with pytest.raises(PermanentError, match="voxels differ"):
        verified_mask(_encoded(seg), work, content, measure_segments(work, content.mask_szyx))


def test_fractions_of_another_whole_are_refused(tmp_path: Path) -> None:
    work, content = finished_work(tmp_path, PLAN, labels=("Lesion", "Rest")), _content("fractional")
    seg = build_seg(work, content)
    seg.MaximumFractionalValue = 100
    with pytest.raises(PermanentError, match="another whole"):
        verified_mask(_encoded(seg), work, content, measure_segments(work, content.mask_szyx))


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
    seg = build_seg(work, binary_content(MASK_SZYX))
    np.testing.assert_array_equal(_verified(work, seg), MASK_SZYX)
    (series,) = seg.ReferencedSeriesSequence
    (image,) = series.ReferencedInstanceSequence
    assert image.ReferencedSOPInstanceUID == "2.25.99"
    named = {element.value for element in seg.iterall() if "ReferencedSOPInst" in element.keyword}
    assert named == {"2.25.99"}
