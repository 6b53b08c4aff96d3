from __future__ import annotations

import numpy as np
import pytest
from builders.mr_series import SeriesPlan, build_series
from pydicom import Dataset

from segrelay_contract.error_codes import ErrorCode
from segrelay_worker.errors import PermanentError
from segrelay_worker.series_volume.assembly import assemble_volume
from segrelay_worker.series_volume.pixel_values import Scale, as_stored, scale_of

PLAN = SeriesPlan()


def _twelve_bits(image: Dataset) -> None:
    image.BitsStored, image.HighBit = 12, 11


def _pixels(image: Dataset) -> np.ndarray[tuple[int, ...], np.dtype[np.uint16]]:
    return np.frombuffer(image.PixelData, "<u2")


def test_monochrome1_comes_out_bright_where_the_image_is() -> None:
    images = build_series(PLAN)
    for image in images:
        _twelve_bits(image)
        image.PhotometricInterpretation = "MONOCHROME1"
        image.PixelData = (4095 - _pixels(image)).astype("<u2").tobytes()
    np.testing.assert_array_equal(assemble_volume(images).array_zyx, PLAN.volume_zyx())


def test_an_old_overlay_above_the_stored_bits_is_no_intensity() -> None:
    images = build_series(PLAN)
    for image in images:
        _twelve_bits(image)
        image.PixelData = (_pixels(image) | 0x8000).astype("<u2").tobytes()
    np.testing.assert_array_equal(assemble_volume(images).array_zyx, PLAN.volume_zyx())


def test_the_sign_of_twelve_bits_is_kept_in_sixteen() -> None:
    image = Dataset()
    image.BitsStored = 12
    stored = np.array([[0x0FFF, 0x0800, 0x07FF]], dtype=np.int16)
    np.testing.assert_array_equal(as_stored(image, stored), [[-1, -2048, 2047]])
    image.PhotometricInterpretation = "MONOCHROME1"
    np.testing.assert_array_equal(as_stored(image, stored), [[0, 2047, -2048]])


def _mapping(slope: float, intercept: float) -> Dataset:
    item = Dataset()
    item.RealWorldValueSlope, item.RealWorldValueIntercept = slope, intercept
    return item


def test_real_world_values_win_over_the_rescaling_when_they_are_one_line() -> None:
    image = Dataset()
    image.RescaleSlope, image.RescaleIntercept = "2", "1"
    assert scale_of(image, None) == Scale(2.0, 1.0)
    image.RealWorldValueMappingSequence = [_mapping(0.25, -3.0)]
    assert scale_of(image, None) == Scale(0.25, -3.0)
    image.RealWorldValueMappingSequence = [_mapping(0.25, -3.0), _mapping(1.0, 0.0)]
    assert scale_of(image, None) == Scale(2.0, 1.0)


def test_a_frame_has_the_scale_of_its_own_groups_first() -> None:
    image, shared, frame = Dataset(), Dataset(), Dataset()
    for holder, slope in ((shared, "3"), (frame, "5")):
        item = Dataset()
        item.RescaleSlope, item.RescaleIntercept = slope, "0"
        holder.PixelValueTransformationSequence = [item]
    image.SharedFunctionalGroupsSequence = [shared]
    image.PerFrameFunctionalGroupsSequence = [Dataset(), frame]
    assert [scale_of(image, number).slope for number in (1, 2)] == [3.0, 5.0]


def test_a_rescaling_to_nothing_is_undecodable() -> None:
    images = build_series(PLAN)
    images[3].RescaleSlope = "0"
    images[3].RescaleIntercept = "7"
    with pytest.raises(PermanentError) as caught:
        assemble_volume(images)
    assert caught.value.code is ErrorCode.UNDECODABLE_PIXELS


@pytest.mark.parametrize("slope", ["1e37", "1e39"])
def test_a_rescaling_beyond_32_bits_is_undecodable(slope: str) -> None:
    images = build_series(PLAN)
    images[3].RescaleSlope = slope
    images[3].RescaleIntercept = "0"
    with pytest.raises(PermanentError, match="values that are no numbers") as caught:
        assemble_volume(images)
    assert caught.value.code is ErrorCode.UNDECODABLE_PIXELS
