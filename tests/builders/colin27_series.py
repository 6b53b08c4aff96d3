"""The demo's head MRI, tilted, as DICOM: whole, and coarse for networks that nobody trained."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from demo.colin27 import tilted_head, write_head_series
from demo.colin27_download import fetch_colin27
from demo.mr_series import Volume, series_datasets, write_series
from demo.plan import CACHE

EVERY = (4, 4, 6)  # voxel of 1 mm, along columns, rows and slices


def colin27() -> Path:
    """The head as NIfTI, downloaded unless the demo has it already."""
    return fetch_colin27(CACHE)


def write_whole(folder: Path) -> Path:
    """181 slices of 217 rows and 181 columns; returns the folder."""
    write_head_series(colin27(), folder)
    return folder


def write_coarse(folder: Path) -> Path:
    """31 slices of 55 rows and 46 columns; returns the folder."""
    head = tilted_head(colin27())
    columns, rows, slices = (slice(None, None, step) for step in EVERY)
    coarse = Volume(
        voxels_crs=np.ascontiguousarray(head.voxels_crs[columns, rows, slices]),
        affine_lps=head.affine_lps @ np.diag([*EVERY, 1.0]),
    )
    write_series(series_datasets(coarse), folder)
    return folder
