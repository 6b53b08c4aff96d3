"""Masks as NIfTI files, for people who compare a model with their own tools."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from segrelay_worker.commands.errors import CommandError
from segrelay_worker.inference.series_mask import SeriesMask
from segrelay_worker.segmenters.manifest import Segment

_SCANNER_COORDINATES = 1  # NIFTI_XFORM_SCANNER_ANAT


def require_nibabel() -> None:
    """Raises CommandError that says how to install it."""
    if find_spec("nibabel") is None:
        raise CommandError(
            "--format nifti needs nibabel, which is not installed. "
            "Install it with: pip install 'segrelay-worker[nifti]'"
        )


def write_nifti(found: SeriesMask, segments: Sequence[Segment], folder: Path) -> tuple[Path, ...]:
    """One file of zeros and ones for each segment, because segments may overlap.

    The array is [column, row, slice]; the affine takes that to millimetres right, anterior,
    superior, as NIfTI has it.
    """
    import nibabel  # noqa: PLC0415 - an extra that few need

    affine = np.diag([-1.0, -1.0, 1.0, 1.0]) @ found.volume.affine_zyx_to_lps[:, [2, 1, 0, 3]]
    paths = []
    for segment, mask_zyx in zip(segments, found.mask_szyx, strict=True):
        image = nibabel.Nifti1Image(mask_zyx.transpose().astype(np.uint8), affine)  # type: ignore[no-untyped-call]
        image.set_sform(affine, code=_SCANNER_COORDINATES)  # type: ignore[no-untyped-call]
        image.set_qform(affine, code=_SCANNER_COORDINATES)  # type: ignore[no-untyped-call]
        image.header.set_xyzt_units("mm")  # type: ignore[no-untyped-call]
        paths.append(folder / f"segment-{segment.number}.nii.gz")
        image.to_filename(paths[-1])
    return tuple(paths)
