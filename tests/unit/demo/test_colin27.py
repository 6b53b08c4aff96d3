from pathlib import Path

import nibabel as nib
import numpy as np
import pydicom
import pytest
from scipy.spatial.transform import Rotation

from demo.colin27 import tilted_head, write_head_series


def test_every_voxel_of_the_head_lies_in_the_tilted_patient(head_file: Path) -> None:
    original, head = nib.Nifti1Image.from_filename(head_file), tilted_head(head_file)
    voxels = original.get_fdata()
    tilt = Rotation.from_euler("xyz", [12, -9, 7], degrees=True).as_matrix()
    for column, row, index in np.ndindex(head.voxels_crs.shape):
        value = head.voxels_crs[column, row, index]
        straight_ras = original.affine @ [*np.argwhere(voxels == value)[0], 1]
        expected_lps = (tilt @ straight_ras[:3]) * [-1, -1, 1]
        assert np.allclose((head.affine_lps @ [column, row, index, 1])[:3], expected_lps)


def test_the_slices_run_as_a_radiologist_reads_them(head_file: Path) -> None:
    head = tilted_head(head_file)
    assert head.voxels_crs.shape == (6, 4, 5)
    assert (np.diag(head.affine_lps)[:3] > 0).all()


@pytest.mark.parametrize("column", [0, 5])
def test_left_and_right_arrive_on_their_sides_in_the_files(
    head_file: Path, tmp_path: Path, column: int
) -> None:
    files = write_head_series(head_file, tmp_path / "series")
    images = sorted(map(pydicom.dcmread, files), key=lambda image: float(image.SliceLocation))
    # The head's third axis runs to the left, and so do the columns of an axial slice.
    voxels = nib.Nifti1Image.from_filename(head_file).get_fdata()
    assert images[0].pixel_array[0, column] == voxels[0, 0, column]


def test_there_is_one_file_per_slice(head_file: Path, tmp_path: Path) -> None:
    files = write_head_series(head_file, tmp_path / "series")
    assert [path.name for path in files] == [f"IM{number:04d}.dcm" for number in range(1, 6)]
