from __future__ import annotations

from copy import deepcopy

import numpy as np
import pytest
from builders.many_slices_in_one import enhanced_mr, mosaic
from builders.mr_series import PLANES, Plane, SeriesPlan
from pydicom import Dataset
from pydicom.dataelem import RawDataElement
from pydicom.tag import Tag

from segrelay_contract.error_codes import ErrorCode
from segrelay_contract.series_rules.attributes import Attribute
from segrelay_contract.series_rules.volumes import VolumeRule
from segrelay_worker.errors import PermanentError
from segrelay_worker.series_volume.assembly import assemble_volume
from segrelay_worker.series_volume.csa_header import csa_fields
from segrelay_worker.series_volume.volume import SeriesVolume

every_plane = pytest.mark.parametrize("plane", PLANES)


def _assert_is(volume: SeriesVolume, plan: SeriesPlan, factor: int = 1) -> None:
    np.testing.assert_array_equal(volume.array_zyx, plan.volume_zyx() * factor)
    np.testing.assert_allclose(volume.affine_zyx_to_lps, plan.affine_zyx_to_lps, atol=1e-6)
    for index, header in enumerate(volume.datasets):
        place = (plan.affine_zyx_to_lps @ [index, 0, 0, 1])[:3]
        np.testing.assert_allclose(np.array(header.ImagePositionPatient, float), place, atol=1e-6)
        assert (header.Rows, header.Columns) == plan.shape_zyx[1:]
        assert "PixelData" not in header


@every_plane
def test_frames_of_enhanced_mr_become_a_volume_that_names_its_frames(plane: Plane) -> None:
    plan = SeriesPlan(plane=plane)
    instance = enhanced_mr(plan)
    before = deepcopy(instance)
    volume = assemble_volume([instance])
    _assert_is(volume, plan)
    assert {source.sop_instance_uid for source in volume.sources} == {instance.SOPInstanceUID}
    for index, source in enumerate(volume.sources):
        assert source.frame_number is not None
        groups = instance.PerFrameFunctionalGroupsSequence[source.frame_number - 1]
        assert (
            groups.PlanePositionSequence[0].ImagePositionPatient
            == volume.datasets[index].ImagePositionPatient
        )
    assert instance == before


@pytest.mark.parametrize("keyword", ["StackID", "EchoTime"])
def test_several_volumes_in_frames_are_refused_or_chosen_by_rule(keyword: str) -> None:
    plan = SeriesPlan(plane="oblique")
    instance = enhanced_mr(plan, frame_tags=[{keyword: "1"}, {keyword: "2"}])
    with pytest.raises(PermanentError) as caught:
        assemble_volume([instance])
    assert caught.value.code is ErrorCode.SEVERAL_VOLUMES
    name = {"StackID": Attribute.STACK, "EchoTime": Attribute.ECHO_TIME}[keyword]
    assert caught.value.parameters == {"count": 2, "found": f"{name} 1, 2"}
    _assert_is(assemble_volume([instance], VolumeRule({name: "first"})), plan)
    _assert_is(assemble_volume([instance], VolumeRule({name: "last"})), plan, factor=2)
    _assert_is(assemble_volume([instance], VolumeRule({name: "2"})), plan, factor=2)
    with pytest.raises(PermanentError) as caught:
        assemble_volume([instance], VolumeRule({name: "3"}))
    assert caught.value.code is ErrorCode.WANTED_VOLUME_ABSENT


def test_frames_that_do_not_say_where_they_lie_are_refused() -> None:
    instance = enhanced_mr(SeriesPlan())
    instance.PerFrameFunctionalGroupsSequence = instance.PerFrameFunctionalGroupsSequence[1:]
    with pytest.raises(PermanentError) as caught:
        assemble_volume([instance])
    assert caught.value.code is ErrorCode.MULTIFRAME_SERIES


def test_frames_whose_pixels_are_cut_off_are_undecodable() -> None:
    instance = enhanced_mr(SeriesPlan())
    instance.PixelData = instance.PixelData[:-4]
    with pytest.raises(PermanentError) as caught:
        assemble_volume([instance])
    assert caught.value.code is ErrorCode.UNDECODABLE_PIXELS


@every_plane
@pytest.mark.parametrize("backwards", [False, True])
def test_the_tiles_of_a_mosaic_become_a_volume(
    plane: Plane,
    backwards: bool,  # noqa: FBT001 - a parameter of the series
) -> None:
    plan = SeriesPlan(plane=plane)
    image = mosaic(plan, backwards=backwards)
    before = deepcopy(image)
    volume = assemble_volume([image])
    _assert_is(volume, plan)
    assert {source.frame_number for source in volume.sources} == {None}
    assert image == before


def test_of_several_mosaics_one_is_chosen() -> None:
    plan = SeriesPlan()
    early, late = mosaic(plan), mosaic(plan)
    late.SOPInstanceUID += ".1"
    early.AcquisitionNumber, late.AcquisitionNumber = 1, 2
    with pytest.raises(PermanentError) as caught:
        assemble_volume([late, early])
    assert caught.value.code is ErrorCode.SEVERAL_VOLUMES
    volume = assemble_volume([late, early], VolumeRule({Attribute.ACQUISITION: "first"}))
    assert volume.sources[0].sop_instance_uid == early.SOPInstanceUID


def _no_private_header(image: object) -> None:
    del image[0x0029, 0x1010]  # type: ignore[attr-defined]


def _half_a_header(image: object) -> None:
    element = image[0x0029, 0x1010]  # type: ignore[index]
    element.value = element.value[:150]


def _odd_rows(image: object) -> None:
    image.Rows += 1  # type: ignore[attr-defined]


@pytest.mark.parametrize("damage", [_no_private_header, _half_a_header, _odd_rows])
def test_a_mosaic_without_its_private_header_is_refused(damage: object) -> None:
    image = mosaic(SeriesPlan())
    assert callable(damage)
    damage(image)
    with pytest.raises(PermanentError) as caught:
        assemble_volume([image])
    assert caught.value.code is ErrorCode.UNREADABLE_MOSAIC


def test_a_private_creator_of_no_kind_names_no_header() -> None:
    image, tag = Dataset(), Tag(0x0029, 0x0010)
    image[tag] = RawDataElement(tag, "XX", 2, b"SI", 0, is_implicit_VR=False, is_little_endian=True)
    with pytest.raises(ValueError, match="no readable CSA header"):
        csa_fields(image)
