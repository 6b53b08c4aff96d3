from __future__ import annotations

from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from builders.finished_work import finished_work
from builders.mr_series import PLANES, Plane, SeriesPlan
from numpy.typing import NDArray

from segrelay_contract.error_codes import ErrorCode
from segrelay_worker.dicom_results.readback import read_mask
from segrelay_worker.dicom_results.seg import build_seg
from segrelay_worker.dicom_results.work import FinishedWork
from segrelay_worker.errors import TransientError


def _stored(work: FinishedWork, mask_szyx: NDArray[np.bool_]) -> bytes:
    buffer = BytesIO()
    build_seg(work, mask_szyx).save_as(buffer, enforce_file_format=True)
    return buffer.getvalue()


@pytest.mark.parametrize("plane", PLANES)
def test_the_mask_comes_back_from_the_bytes(tmp_path: Path, plane: Plane) -> None:
    plan = SeriesPlan(plane=plane, shape_zyx=(20, 43, 37))  # bits that fill no whole bytes
    work = finished_work(tmp_path, plan)
    mask_szyx = plan.truth_zyx[None]
    np.testing.assert_array_equal(read_mask(_stored(work, mask_szyx), work.volume), mask_szyx)


def test_overlapping_and_empty_segments_come_back(tmp_path: Path) -> None:
    work = finished_work(tmp_path, labels=("Lesion", "Core", "Never"))
    mask_szyx = np.zeros((3, *work.volume.array_zyx.shape), dtype=bool)
    mask_szyx[0, 3:9, 10:30, 5:20] = True
    mask_szyx[1, 5:12, 20:35, 10:15] = True
    np.testing.assert_array_equal(read_mask(_stored(work, mask_szyx), work.volume), mask_szyx)


def test_a_single_voxel_comes_back(tmp_path: Path) -> None:
    work = finished_work(tmp_path)
    mask_szyx = np.zeros((1, *work.volume.array_zyx.shape), dtype=bool)
    mask_szyx[0, 7, 41, 3] = True
    np.testing.assert_array_equal(read_mask(_stored(work, mask_szyx), work.volume), mask_szyx)


def test_a_seg_of_another_grid_is_refused(tmp_path: Path) -> None:
    work = finished_work(tmp_path)
    other = finished_work(tmp_path, SeriesPlan(spacing_zyx_mm=(3.5, 2.0, 2.5)))
    stored = _stored(other, SeriesPlan().truth_zyx[None])
    with pytest.raises(TransientError) as caught:
        read_mask(stored, work.volume)
    assert caught.value.code is ErrorCode.INTERNAL_ERROR
