"""The worker's core on files of series, with a real network."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from demo.placed_mask import PlacedMask
from segrelay_worker.inference.input_folder import InputFolder
from segrelay_worker.inference.series_mask import find_mask
from segrelay_worker.segmenters.formats import SEGMENTER_FORMATS, open_segmenter
from segrelay_worker.segmenters.package import load_package

LPS_TO_RAS = np.diag([-1.0, -1.0, 1.0, 1.0])


def found_by_worker(weights: Path, series: Mapping[str, Path]) -> PlacedMask:
    """The only segment of a package in the series of its roles, where it lies in the patient."""
    package = load_package(weights)
    found = find_mask(
        inputs=[InputFolder(folder, role) for role, folder in series.items()],
        package=package,
        segmenter=open_segmenter(package, device="cpu", formats=SEGMENTER_FORMATS),
        threshold=None,
        report=lambda _: None,
    )
    [mask_zyx] = found.mask_szyx
    return PlacedMask(mask_zyx, LPS_TO_RAS @ found.volume.affine_zyx_to_lps)
