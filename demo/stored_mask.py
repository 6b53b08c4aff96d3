"""Reads a stored DICOM SEG back with dcmqi, which shares no code with what wrote it."""

import subprocess
import sys
import tempfile
from pathlib import Path

import nibabel as nib
import numpy as np

from demo.errors import StoredMaskUnreadableError
from demo.placed_mask import PlacedMask


def stored_mask(seg: Path, *, segment: int = 1) -> PlacedMask:
    """One segment of a DICOM SEG, as dcmqi sees it.

    The mask may be smaller than the series: a SEG may leave out slices without the segment.

    Raises:
        StoredMaskUnreadableError: dcmqi is not installed, or could not read the file.
    """
    with tempfile.TemporaryDirectory() as scratch:
        image_file = Path(scratch) / f"segment-{segment}.nii.gz"
        last_words = run_dcmqi(seg, Path(scratch))
        # dcmqi exits with 0 even when it wrote nothing.
        if not image_file.is_file():
            raise StoredMaskUnreadableError(
                f"dcmqi found no segment {segment} in {seg.name}; its last words: {last_words}"
            )
        image = nib.Nifti1Image.from_filename(image_file)
        return PlacedMask(mask_ijk=np.asanyarray(image.dataobj) > 0, affine_ras=image.affine)


def run_dcmqi(seg: Path, folder: Path) -> str:
    """Have every segment written to a NIfTI file of its own; returns what dcmqi said last."""
    program = Path(sys.executable).with_name("segimage2itkimage")
    command = [str(program), "--inputDICOM", str(seg), "--outputDirectory", str(folder)]
    try:
        finished = subprocess.run(
            [*command, "-t", "nii", "-p", "segment"], check=False, capture_output=True, text=True
        )
    except FileNotFoundError as missing:
        raise StoredMaskUnreadableError(
            "The stored segmentation is read back by dcmqi, and segimage2itkimage is not "
            "installed beside this Python. Run `make setup`."
        ) from missing
    return (finished.stdout + finished.stderr)[-500:]
