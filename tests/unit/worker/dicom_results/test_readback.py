from __future__ import annotations

from dataclasses import replace
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from builders.finished_work import finished_work
from builders.mr_series import PLANES, Plane, SeriesPlan, build_series
from hypothesis import Phase, assume, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from segrelay_contract.error_codes import ErrorCode
from segrelay_contract.series_rules.headers import SliceHeader
from segrelay_contract.series_rules.verdict import judge
from segrelay_worker.dicom_results.readback import read_values
from segrelay_worker.dicom_results.seg import build_seg
from segrelay_worker.dicom_results.seg_content import binary_content
from segrelay_worker.dicom_results.stored_seg import parse_seg
from segrelay_worker.dicom_results.work import FinishedWork
from segrelay_worker.errors import PermanentError
from segrelay_worker.series_volume.assembly import assemble_volume
from segrelay_worker.series_volume.headers import header_row


def _stored(work: FinishedWork, mask_szyx: NDArray[np.bool_]) -> bytes:
    buffer = BytesIO()
    build_seg(work, binary_content(mask_szyx)).save_as(buffer, enforce_file_format=True)
    return buffer.getvalue()


@pytest.mark.parametrize("plane", PLANES)
def test_the_mask_comes_back_from_the_bytes(tmp_path: Path, plane: Plane) -> None:
    plan = SeriesPlan(plane=plane, shape_zyx=(20, 43, 37))  # bits that fill no whole bytes
    work = finished_work(tmp_path, plan)
    mask_szyx = plan.truth_zyx[None]
    np.testing.assert_array_equal(
        read_values(parse_seg(_stored(work, mask_szyx)), work.volume), mask_szyx
    )


# To shrink a failure costs minutes here, and the first example tells as much.
@settings(max_examples=40, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(
    plane=st.sampled_from(sorted(PLANES)),
    unevenness=st.lists(st.floats(-1.0, 1.0), min_size=12, max_size=12),
    sideways=st.lists(st.floats(-1.0, 1.0), min_size=12, max_size=12),
    digits=st.integers(2, 9),
)
def test_whatever_counts_as_one_volume_comes_back(
    tmp_path_factory: pytest.TempPathFactory,
    plane: Plane,
    unevenness: list[float],
    sideways: list[float],
    digits: int,
) -> None:
    """As uneven, as far aside and as rounded as the rules of a volume let pass."""
    plan = SeriesPlan(plane=plane, shape_zyx=(12, 5, 4), shuffled=False)
    images = build_series(plan)
    normal, down, right = (axis / np.linalg.norm(axis) for axis in plan.affine_zyx_to_lps[:3, :3].T)
    gap_mm, row_mm, _ = plan.spacing_zyx_mm
    along_mm = np.cumsum([0.01 * gap_mm * part for part in unevenness])
    aside_mm = [0.05 * row_mm * part for part in sideways]
    for image, along, aside in zip(images, along_mm, aside_mm, strict=True):
        moved = np.array(image.ImagePositionPatient, float) + along * normal + aside * down
        image.ImagePositionPatient = [f"{part:.{digits}f}" for part in moved]
    images[7].ImageOrientationPatient = [f"{part:.{digits + 1}f}" for part in (*right, *down)]
    assume(not judge([SliceHeader.from_tags(header_row(image)) for image in images]))
    folder = tmp_path_factory.mktemp("package")
    work = replace(finished_work(folder), volume=assemble_volume(images))
    mask_szyx = np.ones((1, *plan.shape_zyx), dtype=bool)
    mask_szyx[:, ::3, 0, 0] = False
    np.testing.assert_array_equal(
        read_values(parse_seg(_stored(work, mask_szyx)), work.volume), mask_szyx
    )


def test_overlapping_and_empty_segments_come_back(tmp_path: Path) -> None:
    work = finished_work(tmp_path, labels=("Lesion", "Core", "Never"))
    mask_szyx = np.zeros((3, *work.volume.array_zyx.shape), dtype=bool)
    mask_szyx[0, 3:9, 10:30, 5:20] = True
    mask_szyx[1, 5:12, 20:35, 10:15] = True
    np.testing.assert_array_equal(
        read_values(parse_seg(_stored(work, mask_szyx)), work.volume), mask_szyx
    )


def test_a_single_voxel_comes_back(tmp_path: Path) -> None:
    work = finished_work(tmp_path)
    mask_szyx = np.zeros((1, *work.volume.array_zyx.shape), dtype=bool)
    mask_szyx[0, 7, 41, 3] = True
    np.testing.assert_array_equal(
        read_values(parse_seg(_stored(work, mask_szyx)), work.volume), mask_szyx
    )


def test_a_seg_of_another_grid_is_refused(tmp_path: Path) -> None:
    work = finished_work(tmp_path)
    other = finished_work(tmp_path, SeriesPlan(spacing_zyx_mm=(3.5, 2.0, 2.5)))
    stored = _stored(other, SeriesPlan().truth_zyx[None])
    with pytest.raises(PermanentError) as caught:
        read_values(parse_seg(stored), work.volume)
    assert caught.value.code is ErrorCode.READBACK_MISMATCH
