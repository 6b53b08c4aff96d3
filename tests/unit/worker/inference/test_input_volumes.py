from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from builders.mr_series import SeriesPlan, build_series, write_series

from segrelay_contract.error_codes import ErrorCode
from segrelay_contract.series_rules.identity import digest_instances
from segrelay_contract.warning_codes import WarningCode
from segrelay_worker.errors import PermanentError
from segrelay_worker.inference.input_folder import InputFolder
from segrelay_worker.inference.input_volumes import InputVolumes, read_inputs
from segrelay_worker.segmenters.manifest import InputSection

T1 = SeriesPlan(shape_zyx=(6, 14, 10), spacing_zyx_mm=(8.0, 6.0, 7.0))
ONE_FRAME: dict[str, object] = {"FrameOfReferenceUID": T1.uid(3)}
# The same places in another plane, and one more around them.
FLAIR = replace(
    T1,
    seed=1,
    plane="sagittal",
    shape_zyx=(12, 8, 16),
    spacing_zyx_mm=(7.0, 8.0, 6.0),
    rescale=(2.0, 0.0),
    changes=ONE_FRAME,
)


def folder(where: Path, role: str, plan: SeriesPlan) -> InputFolder:
    images = build_series(plan)
    write_series(images, where / role)
    digest = digest_instances(str(image.SOPInstanceUID) for image in images)
    return InputFolder(where / role, role, digest)


def read(folders: Sequence[InputFolder], *roles: str, any_frame: bool = False) -> InputVolumes:
    wanted = InputSection(
        roles=roles, orientation="RAS", allow_different_frames_of_reference=any_frame
    )
    return read_inputs(folders, wanted)


def test_channels_stand_in_the_order_of_the_package_on_the_grid_of_its_first(
    tmp_path: Path,
) -> None:
    darker = replace(T1, seed=1, lesion=False, changes=ONE_FRAME)
    folders = [folder(tmp_path, "flair", darker), folder(tmp_path, "t1", T1)]
    inputs = read(folders, "t1", "flair")
    assert [source.sop_instance_uid for source in inputs.reference.sources] == [
        T1.uid(4, number + 1) for number in range(6)
    ]
    assert list(inputs.others) == ["flair"]
    np.testing.assert_array_equal(inputs.channels_czyx[0], T1.volume_zyx())
    np.testing.assert_array_equal(inputs.channels_czyx[1], darker.volume_zyx())
    turned = read(folders, "flair", "t1")
    np.testing.assert_array_equal(turned.channels_czyx, inputs.channels_czyx[::-1])


def test_an_input_in_another_plane_shows_the_same_places(tmp_path: Path) -> None:
    folders = [folder(tmp_path, "t1", T1), folder(tmp_path, "flair", FLAIR)]
    inputs = read(folders, "t1", "flair")
    assert inputs.channels_czyx.shape == (2, 6, 14, 10)
    np.testing.assert_array_equal(inputs.channels_czyx[1], T1.volume_zyx())
    assert inputs.warnings == ()


def test_an_input_that_covers_half_is_used_with_a_warning(tmp_path: Path) -> None:
    lower = replace(T1, seed=1, shape_zyx=(3, 14, 10), changes=ONE_FRAME)
    images = build_series(lower)
    for image in images:  # its middle lies a quarter of the reference below
        x, y, z = image.ImagePositionPatient
        image.ImagePositionPatient = [x, y, z - 12.0]
    write_series(images, tmp_path / "flair")
    inputs = read(
        [folder(tmp_path, "t1", T1), InputFolder(tmp_path / "flair", "flair")], "t1", "flair"
    )
    assert not inputs.channels_czyx[1, 3:].any()
    assert inputs.channels_czyx[1, :3].any()
    [warning] = inputs.warnings
    assert warning.code is WarningCode.INPUT_COVERS_PART
    assert warning.parameters == {"role": "flair", "reference": "t1", "percent": 50}


def test_inputs_in_different_frames_are_refused_unless_the_package_allows_it(
    tmp_path: Path,
) -> None:
    other = replace(FLAIR, changes={})
    folders = [folder(tmp_path, "t1", T1), folder(tmp_path, "flair", other)]
    with pytest.raises(PermanentError) as caught:
        read(folders, "t1", "flair")
    assert caught.value.code is ErrorCode.DIFFERENT_FRAMES_OF_REFERENCE
    assert caught.value.parameters == {"role": "flair", "reference": "t1"}
    assert len(read(folders, "t1", "flair", any_frame=True).channels_czyx) == 2


def test_inputs_without_a_place_in_common_are_refused(tmp_path: Path) -> None:
    images = build_series(FLAIR)
    for image in images:
        x, y, z = image.ImagePositionPatient
        image.ImagePositionPatient = [x, y, z + 500.0]
    write_series(images, tmp_path / "flair")
    folders = [folder(tmp_path, "t1", T1), InputFolder(tmp_path / "flair", "flair")]
    with pytest.raises(PermanentError) as caught:
        read(folders, "t1", "flair")
    assert caught.value.code is ErrorCode.INPUTS_DO_NOT_OVERLAP


@pytest.mark.parametrize(
    ("given", "wanted", "missing"),
    [(("t1",), ("t1", "flair"), "flair"), (("",), ("t1", "flair"), "t1"), (("t2",), ("t1",), "t1")],
)
def test_a_role_that_nobody_filled_is_named(
    tmp_path: Path, given: tuple[str, ...], wanted: tuple[str, ...], missing: str
) -> None:
    folders = [replace(folder(tmp_path, "any", T1), role=role) for role in given]
    with pytest.raises(PermanentError) as caught:
        read(folders, *wanted)
    assert caught.value.code is ErrorCode.ROLE_MISSING
    assert caught.value.parameters == {"role": missing}


def test_the_only_input_of_a_model_needs_no_name_and_is_not_copied(tmp_path: Path) -> None:
    inputs = read([replace(folder(tmp_path, "any", T1), role="")], "t1")
    assert np.shares_memory(inputs.channels_czyx, inputs.reference.array_zyx)


def test_each_input_must_be_the_series_that_was_asked_about(tmp_path: Path) -> None:
    folders = [folder(tmp_path, "t1", T1), folder(tmp_path, "flair", FLAIR)]
    next(folders[1].folder.iterdir()).unlink()
    with pytest.raises(PermanentError) as caught:
        read(folders, "t1", "flair")
    assert caught.value.code is ErrorCode.SERIES_CHANGED
    assert caught.value.detail == "the flair series"
