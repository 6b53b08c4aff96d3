from __future__ import annotations

from copy import deepcopy

import numpy as np
import pytest
from builders.mr_series import PLANES, Plane, SeriesPlan, build_series
from pydicom import Dataset

from segrelay_contract.error_codes import ErrorCode
from segrelay_contract.warning_codes import WarningCode
from segrelay_worker.errors import PermanentError
from segrelay_worker.series_volume.assembly import assemble_volume


@pytest.mark.parametrize("plane", PLANES)
def test_shuffled_slices_come_back_in_patient_order(plane: Plane) -> None:
    plan = SeriesPlan(plane=plane)
    images = build_series(plan)
    assert [image.SOPInstanceUID for image in images] != sorted(
        (image.SOPInstanceUID for image in images), key=lambda uid: int(uid.rsplit(".")[-1])
    )
    volume = assemble_volume(images)
    np.testing.assert_array_equal(volume.array_zyx, plan.volume_zyx())
    np.testing.assert_allclose(volume.affine_zyx_to_lps, plan.affine_zyx_to_lps, atol=1e-6)
    assert [str(dataset.SOPInstanceUID) for dataset in volume.datasets] == [
        plan.uid(4, index + 1) for index in range(plan.shape_zyx[0])
    ]


def test_the_first_voxel_of_each_image_lies_at_its_position() -> None:
    volume = assemble_volume(build_series(plane="oblique"))
    for index, dataset in enumerate(volume.datasets):
        position = (volume.affine_zyx_to_lps @ [index, 0, 0, 1])[:3]
        np.testing.assert_allclose(position, dataset.ImagePositionPatient, atol=1e-6)


def test_spacing_and_voxel_volume_are_in_millimetres_and_millilitres() -> None:
    volume = assemble_volume(build_series(plane="oblique"))
    np.testing.assert_allclose(volume.spacing_zyx_mm, (3.0, 2.0, 2.5), rtol=1e-6)
    assert volume.voxel_ml == pytest.approx(0.015)


def test_an_image_sent_twice_is_dropped_with_a_warning() -> None:
    plan = SeriesPlan()
    images = build_series(plan)
    again = deepcopy(images[5])
    again.SOPInstanceUID += ".9"
    volume = assemble_volume([*images, again])
    np.testing.assert_array_equal(volume.array_zyx, plan.volume_zyx())
    assert [warning.code for warning in volume.warnings] == [WarningCode.COPIES_DROPPED]
    assert "1 images" in volume.warnings[0].sentence


def _blank(images: list[Dataset]) -> list[Dataset]:
    for image in images:
        image.PixelData = bytes(len(image.PixelData))
    return images


def _ct(images: list[Dataset]) -> list[Dataset]:
    for image in images:
        image.Modality = "CT"
    return images


def _localizer(images: list[Dataset]) -> list[Dataset]:
    return [
        *images[:3],
        *build_series(plane="sagittal")[:3],
        *build_series(plane="coronal")[:3],
    ]


def _single(images: list[Dataset]) -> list[Dataset]:
    return images[:1]


def _gap(images: list[Dataset]) -> list[Dataset]:
    return [image for image in images if not image.SOPInstanceUID.endswith(".4.9")]


def _twice(images: list[Dataset]) -> list[Dataset]:
    other = deepcopy(images[5])
    other.PixelData = images[6].PixelData
    return [*images, other]


def _no_place(images: list[Dataset]) -> list[Dataset]:
    del images[3].ImagePositionPatient
    return images


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (_ct, ErrorCode.WRONG_MODALITY),
        (_localizer, ErrorCode.LOCALIZER),
        (_single, ErrorCode.SINGLE_SLICE),
        (_gap, ErrorCode.MISSING_SLICES),
        (_twice, ErrorCode.DUPLICATE_POSITION),
        (_blank, ErrorCode.BLANK_IMAGES),
        (_no_place, ErrorCode.MISSING_GEOMETRY),
    ],
)
def test_what_is_no_volume_gets_the_first_reason(spoil: object, code: ErrorCode) -> None:
    assert callable(spoil)
    with pytest.raises(PermanentError) as caught:
        assemble_volume(spoil(build_series()))
    assert caught.value.code is code
    assert str(caught.value)  # the sentence has all its parameters
