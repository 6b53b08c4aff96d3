from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest
from builders.real_files import (
    SIDE,
    every_file,
    old_and_odd,
    philips_mprage,
    placed_frames,
    siemens,
    twice,
)
from pydicom import Dataset
from pydicom.config import disable_value_validation

from segrelay_contract.error_codes import ErrorCode
from segrelay_contract.series_rules.attributes import Attribute
from segrelay_contract.series_rules.volumes import VolumeRule
from segrelay_worker.errors import PermanentError
from segrelay_worker.series_volume.assembly import assemble_volume
from segrelay_worker.series_volume.decoding import read_series

with warnings.catch_warnings(action="ignore"):  # nibabel warns that its reader may change
    from nibabel.nicom.dicomwrappers import wrapper_from_data

DIFFUSION = "b0dwiForFmap/*.dcm"
THREE_PLANES = "MRI_102TD_PHA_S.MR.*.dcm"

# What pydicom and nibabel find odd in these files; the worker ignores warnings as well.
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")

Series = Callable[[], list[Dataset]]
Expected = tuple[int, int, int] | tuple[ErrorCode, Mapping[str, object]]

OUTCOMES: dict[str, tuple[Series, Mapping[Attribute, str], Expected]] = {
    "a Siemens mosaic": (lambda: siemens("axasc35.dcm"), {}, (35, 64, 64)),
    "a Siemens mosaic of diffusion": (lambda: siemens(DIFFUSION)[:1], {}, (81, 152, 150)),
    "three mosaics of one series": (
        lambda: siemens(DIFFUSION),
        {},
        (ErrorCode.SEVERAL_VOLUMES, {"count": 3, "found": "acquisition 1, 2, 3"}),
    ),
    "the last of three mosaics": (
        lambda: siemens(DIFFUSION),
        {Attribute.ACQUISITION: "last"},
        (81, 152, 150),
    ),
    "one image of a scout": (
        lambda: siemens("01-anat-scout/0001.dcm"),
        {},
        (ErrorCode.SINGLE_SLICE, {}),
    ),
    "one phase image of a field map": (
        lambda: siemens("01-fmap_acq-3mm/*.dcm"),
        {},
        (ErrorCode.SINGLE_SLICE, {}),
    ),
    "Enhanced MR of three planes": (
        lambda: siemens(THREE_PLANES),
        {},
        (ErrorCode.MIXED_ORIENTATION, {"planes": 3}),
    ),
    "a Siemens report that is no image": (
        lambda: siemens("Phoenix/99+PhoenixDocument/*.dcm"),
        {},
        (ErrorCode.WRONG_MODALITY, {"modality": "SR"}),
    ),
    "Philips Enhanced MR": (lambda: [philips_mprage()], {}, (176, SIDE, SIDE)),
    "Enhanced MR whose frames say nothing": (
        lambda: [old_and_odd("emri_small.dcm")],
        {},
        (ErrorCode.MULTIFRAME_SERIES, {}),
    ),
    "an image that is cut off": (
        lambda: twice(old_and_odd("MR_truncated.dcm")),
        {},
        (ErrorCode.UNDECODABLE_PIXELS, {"instance_number": "1"}),
    ),
    "an image with a burnt-in overlay above its bits": (
        lambda: twice(old_and_odd("MR-SIEMENS-DICOM-WithOverlays.dcm")),
        {},
        (2, 484, 484),
    ),
}


@pytest.mark.parametrize("name", OUTCOMES)
def test_a_real_series_becomes_the_volume_or_names_the_reason(name: str) -> None:
    load, rule, expected = OUTCOMES[name]
    if isinstance(expected[0], int):
        assert assemble_volume(load(), VolumeRule(rule)).array_zyx.shape == expected
        return
    with pytest.raises(PermanentError) as caught:
        assemble_volume(load(), VolumeRule(rule))
    assert (caught.value.code, caught.value.parameters) == expected


@pytest.mark.parametrize(
    ("load", "slope"),
    [
        (lambda: siemens("axasc35.dcm")[0], 1.0),
        (lambda: siemens(DIFFUSION)[1], 1.0),
        # nibabel leaves out the rescaling of frames.
        (philips_mprage, 2.1079365079365),
    ],
)
def test_voxels_lie_where_nibabel_has_it(load: Callable[[], Dataset], slope: float) -> None:
    image = load()
    volume = assemble_volume([image])
    other = wrapper_from_data(image)  # type: ignore[no-untyped-call]
    values_yxz = np.asarray(other.get_data())
    index_yxz = np.argwhere(np.ones(values_yxz.shape, dtype=bool))[::17]
    points_lps = index_yxz @ other.affine[:3, :3].T + other.affine[:3, 3]
    to_index = np.linalg.inv(volume.affine_zyx_to_lps)
    index_zyx = points_lps @ to_index[:3, :3].T + to_index[:3, 3]
    nearest = np.rint(index_zyx).astype(int)
    np.testing.assert_allclose(index_zyx, nearest, atol=0.01)
    np.testing.assert_allclose(
        volume.array_zyx[tuple(nearest.T)], values_yxz[tuple(index_yxz.T)] * slope, rtol=1e-6
    )


SAME_PIXELS = [
    ("MR_small.dcm", "MR_small_RLE.dcm"),
    ("MR_small.dcm", "MR_small_bigendian.dcm"),
    ("MR_small.dcm", "MR_small_expb.dcm"),
    ("MR_small.dcm", "MR_small_implicit.dcm"),
    ("MR_small.dcm", "MR_small_jp2klossless.dcm"),
    ("MR_small.dcm", "MR_small_jpeg_ls_lossless.dcm"),
    ("MR_small.dcm", "MR_small_padded.dcm"),
    ("MR2_UNCR.dcm", "MR2_J2KR.dcm"),
    ("MR2_UNCI.dcm", "MR2_J2KI.dcm"),
]


@pytest.mark.parametrize(("plain", "packed"), SAME_PIXELS)
def test_a_real_image_is_the_same_in_each_transfer_syntax(plain: str, packed: str) -> None:
    expected = assemble_volume(twice(old_and_odd(plain))).array_zyx
    np.testing.assert_array_equal(assemble_volume(twice(old_and_odd(packed))).array_zyx, expected)


@pytest.mark.parametrize("packed", ["RLE", "big_endian", "jpeg_2k_lossless", "jpeg_ls_lossless"])
def test_real_frames_are_the_same_in_each_transfer_syntax(packed: str) -> None:
    expected = assemble_volume([placed_frames(old_and_odd("emri_small.dcm"))]).array_zyx
    frames = placed_frames(old_and_odd(f"emri_small_{packed}.dcm"))
    assert expected.shape == (10, 64, 64)
    np.testing.assert_array_equal(assemble_volume([frames]).array_zyx, expected)


def test_no_real_file_makes_the_core_crash(tmp_path: Path) -> None:
    with disable_value_validation():
        reasons = {_reason(path, tmp_path / str(place)) for place, path in enumerate(every_file())}
    assert {None, ErrorCode.UNREADABLE_DICOM, ErrorCode.WRONG_MODALITY} <= reasons


def _reason(path: Path, folder: Path) -> ErrorCode | None:
    """None if the file is a volume by itself."""
    folder.mkdir()
    (folder / "image").symlink_to(path)
    try:
        assemble_volume(read_series(folder))
    except PermanentError as error:
        return error.code
    return None
