from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from builders.finished_work import finished_work
from builders.mr_series import SeriesPlan
from numpy.typing import NDArray

from segrelay_worker.dicom_results.codes import SEGMENT_RGB
from segrelay_worker.dicom_results.montage import (
    TILE_PIXELS,
    TILES_ACROSS,
    TextLine,
    draw_montage,
    shown_slices,
)


def _coloured(picture: NDArray[np.uint8], number: int) -> NDArray[np.intp]:
    return np.argwhere((picture == SEGMENT_RGB[number - 1]).all(axis=-1))


def test_up_to_nine_slices_spread_over_the_mask() -> None:
    mask_szyx = np.zeros((2, 100, 4, 4), dtype=bool)
    mask_szyx[0, 20:40, 1, 1] = True
    mask_szyx[1, 60, 1, 1] = True
    assert shown_slices(mask_szyx) == [20, 25, 30, 35, 40, 45, 50, 55, 60]
    mask_szyx[:, 22:] = False
    assert shown_slices(mask_szyx) == [20, 21]


def test_without_mask_the_whole_volume_is_shown() -> None:
    mask_szyx = np.zeros((1, 17, 4, 4), dtype=bool)
    assert shown_slices(mask_szyx) == [0, 2, 4, 6, 8, 10, 12, 14, 16]


@pytest.mark.parametrize("plane", ["axial", "sagittal", "oblique"])
def test_the_outline_lies_where_the_mask_lies(tmp_path: Path, plane: str) -> None:
    plan = SeriesPlan(plane=plane)  # type: ignore[arg-type]
    work = finished_work(tmp_path, plan)
    mask_szyx = np.zeros((1, *plan.shape_zyx), dtype=bool)
    mask_szyx[0, 10, 30:40, 4:12] = True  # one slice: lower left
    picture = draw_montage(work.volume, mask_szyx, SEGMENT_RGB[:1], [])
    places = _coloured(picture, 1) - [picture.shape[0] - TILE_PIXELS, 0]
    # Fractions of the slice inside its tile: the lesion's corner voxels, to half a voxel.
    rows_mm, columns_mm = 44 * 2.0, 36 * 2.5
    scale = (TILE_PIXELS - 44) / max(rows_mm, columns_mm)
    top, left = (TILE_PIXELS - rows_mm * scale) / 2, (TILE_PIXELS - columns_mm * scale) / 2
    expected = [
        (top + 30 * 2.0 * scale, top + 40 * 2.0 * scale),
        (left + 4 * 2.5 * scale, left + 12 * 2.5 * scale),
    ]
    for axis, (least, greatest) in enumerate(expected):
        assert places[:, axis].min() == pytest.approx(least, abs=scale)
        assert places[:, axis].max() == pytest.approx(greatest, abs=scale)


def test_an_empty_mask_draws_no_outline_but_the_slices(tmp_path: Path) -> None:
    work = finished_work(tmp_path)
    picture = draw_montage(
        work.volume,
        np.zeros((1, *work.volume.array_zyx.shape), dtype=bool),
        SEGMENT_RGB[:1],
        [TextLine("x")],
    )
    assert len(_coloured(picture, 1)) == 0
    assert picture.max() == 255


def test_the_picture_is_large_enough_to_read(tmp_path: Path) -> None:
    work = finished_work(tmp_path)
    picture = draw_montage(
        work.volume, SeriesPlan().truth_zyx[None], SEGMENT_RGB[:1], [TextLine("x")]
    )
    assert picture.dtype == np.uint8
    assert picture.shape[1] == TILES_ACROSS * TILE_PIXELS
    assert 900 <= picture.shape[1] <= 1200


def test_a_flat_image_is_drawn_without_dividing_by_nothing(tmp_path: Path) -> None:
    work = finished_work(tmp_path)
    work.volume.array_zyx[:] = 7
    assert draw_montage(work.volume, SeriesPlan().truth_zyx[None], SEGMENT_RGB[:1], []).any()
