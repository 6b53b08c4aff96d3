from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from builders.finished_work import finished_work
from builders.mr_series import SeriesPlan

from segrelay_worker.dicom_results.measurement import measure_segments

PLAN = SeriesPlan()


def test_voxels_are_counted_per_segment_in_millilitres(tmp_path: Path) -> None:
    work = finished_work(tmp_path, PLAN, labels=("Lesion", "Core"))
    mask_szyx = np.zeros((2, *PLAN.shape_zyx), dtype=bool)
    mask_szyx[0, 2:4, 5:10, 0:10] = True
    first, second = measure_segments(work, mask_szyx)
    assert (first.number, first.label, first.voxel_count) == (1, "Lesion", 100)
    assert first.volume_ml == pytest.approx(1.5)
    assert first.longest_diameter_mm == pytest.approx(np.hypot(5 * 2.0, 10 * 2.5))
    assert (second.number, second.voxel_count, second.volume_ml) == (2, 0, 0.0)
    assert second.longest_diameter_mm == 0.0
