"""The demo's independent reference: deepbet's own command on the original image.

It shares nothing with the worker: another program reads another file, and the way into the tilted
patient is one matrix.
"""

import subprocess
import sys
from pathlib import Path

import nibabel as nib
import numpy as np

from demo.errors import ReferenceFailedError
from demo.patient_tilt import patient_tilt_ras
from demo.placed_mask import PlacedMask


def reference_mask(nifti: Path, scratch: Path) -> PlacedMask:
    """The brain as deepbet's own command finds it, carried over to the tilted patient.

    Args:
        nifti: The original head, not tilted.
        scratch: Folder for the command's output.

    Raises:
        ReferenceFailedError: the command is not installed, or wrote no mask.
    """
    scratch.mkdir(parents=True, exist_ok=True)
    mask = scratch / "reference-mask.nii.gz"
    run_deepbet(nifti, mask=mask, brain=scratch / "reference-brain.nii.gz")
    image = nib.Nifti1Image.from_filename(mask)
    return PlacedMask(
        mask_ijk=np.asanyarray(image.dataobj) > 0,
        affine_ras=patient_tilt_ras() @ image.affine,
    )


def run_deepbet(nifti: Path, *, mask: Path, brain: Path) -> None:
    """Run deepbet on the CPU; it needs to be given both outputs."""
    program = Path(sys.executable).with_name("deepbet-cli")
    command = [str(program), "-i", str(nifti), "-o", str(brain), "-m", str(mask), "--no_gpu"]
    mask.unlink(missing_ok=True)
    try:
        finished = subprocess.run(command, check=False, capture_output=True, text=True)
    except FileNotFoundError as missing:
        raise ReferenceFailedError(
            "The reference comes from deepbet's own command, and deepbet-cli is not installed "
            "beside this Python. Run `make setup`."
        ) from missing
    if not mask.is_file():
        raise ReferenceFailedError(
            f"deepbet-cli wrote no mask for {nifti.name}; its last words: {finished.stderr[-500:]}"
        )
