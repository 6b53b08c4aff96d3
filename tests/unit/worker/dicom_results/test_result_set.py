from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from builders.finished_work import finished_work
from builders.mr_series import SeriesPlan
from numpy.typing import NDArray

from segrelay_contract.error_codes import ErrorCode
from segrelay_worker.dicom_results import result_set
from segrelay_worker.dicom_results.result_set import measure_segments, write_results
from segrelay_worker.errors import TransientError
from segrelay_worker.series_volume.volume import SeriesVolume

PLAN = SeriesPlan()


def test_voxels_are_counted_per_segment_in_millilitres(tmp_path: Path) -> None:
    work = finished_work(tmp_path, PLAN, labels=("Lesion", "Core"))
    mask_szyx = np.zeros((2, *PLAN.shape_zyx), dtype=bool)
    mask_szyx[0, 2:4, 5:10, 0:10] = True
    first, second = measure_segments(work, mask_szyx)
    assert (first.number, first.label, first.voxel_count) == (1, "Lesion", 100)
    assert first.volume_ml == pytest.approx(1.5)
    assert (second.number, second.voxel_count, second.volume_ml) == (2, 0, 0.0)


def test_a_seg_that_does_not_give_the_mask_back_is_not_delivered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = finished_work(tmp_path, PLAN)
    mask_szyx = PLAN.truth_zyx[None]

    def mirrored(_seg_bytes: bytes, _volume: SeriesVolume) -> NDArray[np.bool_]:
        return np.flip(mask_szyx, axis=-1)

    monkeypatch.setattr(result_set, "read_mask", mirrored)
    with pytest.raises(TransientError) as caught:
        write_results(
            work=work,
            mask_szyx=mask_szyx,
            segments=measure_segments(work, mask_szyx),
            folder=tmp_path,
            report=lambda _: None,
        )
    assert caught.value.code is ErrorCode.INTERNAL_ERROR
