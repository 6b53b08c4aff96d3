"""The independent computation for four phases: nothing of the worker's, only its model's rules."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from builders.dce_package import dce_network
from integration.plain_script import (
    Floats,
    Scan,
    read_scan,
    sampled,
    sigmoid,
    through_network,
    to_ras,
    with_spacing,
    zscored,
)

SPACING_MM = (1.5, 1.5, 1.5)


def dce_probability(series: Mapping[str, Path]) -> Scan:
    """What the network finds in the series of its roles, on the grid of the first."""
    scans = [to_ras(read_scan(folder)) for folder in series.values()]
    first = scans[0]
    wanted = [
        with_spacing(Scan(_on_grid_of(first, scan), first.affine), SPACING_MM) for scan in scans
    ]
    logits = through_network(
        dce_network(),
        np.stack([zscored(each.values) for each in wanted]),
        window=(128, 128, 128),
        overlap=0.25,
        mode="constant",
    )
    found = Scan(sigmoid(logits), wanted[0].affine)
    return Scan(sampled(found, first.affine, first.values.shape), first.affine)


def _on_grid_of(first: Scan, scan: Scan) -> Floats:
    """Nothing is interpolated on the same grid."""
    if scan.values.shape == first.values.shape and np.allclose(scan.affine, first.affine):
        return scan.values
    return sampled(scan, first.affine, first.values.shape, zero_outside=True)
