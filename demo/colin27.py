"""The Colin27 head as a tilted, shuffled DICOM series: a real head MRI in an awkward form."""

from pathlib import Path

import nibabel as nib
import numpy as np

from demo.mr_series import Volume, series_datasets, write_series
from demo.patient_tilt import patient_tilt_ras

# NIfTI counts millimetres to the right and to the front, DICOM to the left and to the back.
_RAS_TO_LPS = np.diag([-1.0, -1.0, 1.0, 1.0])


def write_head_series(nifti: Path, folder: Path) -> list[Path]:
    """Write a head as a classic MR series of oblique axial slices.

    Only the header is tilted; the voxels are not resampled, so that a result can be compared with
    one on the original image voxel by voxel.

    Args:
        nifti: T1 head in whole numbers from 0 to 65535.
        folder: Where the files go, one per slice.

    Returns:
        The files, by name.
    """
    return write_series(series_datasets(tilted_head(nifti)), folder)


def tilted_head(nifti: Path) -> Volume:
    """The head as axial slices in a radiologist's order, placed where the tilted patient has it."""
    original = nib.Nifti1Image.from_filename(nifti)
    image = nib.as_closest_canonical(original)  # type: ignore[no-untyped-call] # nibabel's gap
    voxels_ras = np.asanyarray(image.dataobj)
    columns, rows, _ = voxels_ras.shape
    to_ras_index = np.diag([-1.0, -1.0, 1.0, 1.0])
    to_ras_index[:2, 3] = columns - 1, rows - 1
    return Volume(
        voxels_crs=voxels_ras[::-1, ::-1].astype(np.uint16),
        affine_lps=_RAS_TO_LPS @ patient_tilt_ras() @ image.affine @ to_ras_index,
    )
