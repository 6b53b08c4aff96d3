from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from pydicom import Dataset

from demo.mr_series import Volume, series_datasets


@pytest.fixture
def volume() -> Volume:
    """Six oblique slices of 5 rows and 7 columns, no two voxels alike."""
    affine = np.diag([0.9, 1.1, 2.5, 1.0])
    affine[:3, :3] = np.array([[0.8, 0.6, 0], [-0.6, 0.8, 0], [0, 0, 1]]) @ affine[:3, :3]
    affine[:3, 3] = 11, -22, 33
    voxels = np.random.default_rng(1).permutation(7 * 5 * 6).reshape(7, 5, 6).astype(np.uint16)
    return Volume(voxels_crs=voxels, affine_lps=affine)


@pytest.fixture
def series(volume: Volume) -> list[Dataset]:
    return series_datasets(volume)


@pytest.fixture
def head_file(tmp_path: Path) -> Path:
    """A NIfTI head whose axes run to the back, to the top and to the left, all voxels different."""
    affine = np.array([[0, 0, -3, 40], [-2, 0, 0, 30], [0, 1, 0, -20], [0, 0, 0, 1.0]])
    voxels = np.arange(4 * 5 * 6, dtype=np.uint16).reshape(4, 5, 6)
    path = tmp_path / "head.nii.gz"
    image = nib.Nifti1Image(voxels, affine)  # type: ignore[no-untyped-call] # nibabel's gap
    nib.save(image, path)
    return path
