from __future__ import annotations

import numpy as np
import pytest
from builders.mr_series import SeriesPlan, build_series

from segrelay_contract.error_codes import ErrorCode
from segrelay_contract.series_rules.volumes import VolumeRule
from segrelay_contract.warning_codes import Mended, WarningCode
from segrelay_worker.errors import PermanentError
from segrelay_worker.series_volume.assembly import assemble_volume

LENIENT = VolumeRule(interpolate_missing_slice=True)
PLAN = SeriesPlan(plane="oblique")
MISSING = 8


def test_a_missing_slice_becomes_the_mean_of_its_neighbours_at_its_own_place() -> None:
    images = [image for image in build_series(PLAN) if image.SOPInstanceUID != PLAN.uid(4, 9)]
    with pytest.raises(PermanentError) as caught:
        assemble_volume(images)
    assert caught.value.code is ErrorCode.MISSING_SLICES
    volume = assemble_volume(images, LENIENT)
    expected = PLAN.volume_zyx().astype(np.float32)
    expected[MISSING] = (expected[MISSING - 1] + expected[MISSING + 1]) / 2
    np.testing.assert_array_equal(volume.array_zyx, expected)
    np.testing.assert_allclose(volume.affine_zyx_to_lps, PLAN.affine_zyx_to_lps, atol=1e-6)
    places = PLAN.affine_zyx_to_lps @ np.array([[index, 0, 0, 1] for index in range(20)]).T
    np.testing.assert_allclose(volume.slice_positions_mm, places[:3].T, atol=1e-6)
    interpolated = [source.is_interpolated for source in volume.sources]
    assert interpolated == [index == MISSING for index in range(20)]
    assert volume.warnings == (Mended(WarningCode.SLICE_INTERPOLATED, {"after_mm": 24.0}),)


def test_a_whole_series_is_left_as_it_is() -> None:
    volume = assemble_volume(build_series(PLAN), LENIENT)
    np.testing.assert_array_equal(volume.array_zyx, PLAN.volume_zyx())
    assert volume.warnings == ()
