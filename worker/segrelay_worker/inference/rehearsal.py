"""A result of nothing real, before the first request.

What libraries load at their first use, and that is much of DICOM's data model, is there by then.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from segrelay_contract.status import Stage
from segrelay_worker.inference.input_folder import InputFolder
from segrelay_worker.inference.made_series import write_made_series
from segrelay_worker.inference.segment_series import segment_series
from segrelay_worker.segmenters.package import ModelPackage
from segrelay_worker.segmenters.segmenter import PlacedChannels, Prediction, ReportFraction

_FEW_VOXELS = np.arange(3 * 4 * 4, dtype=np.uint16).reshape(3, 4, 4)


def rehearse(package: ModelPackage) -> None:
    """Segments a few voxels with all but the network. Raises what `segment_series` raises."""
    with TemporaryDirectory() as name:
        series, results = Path(name) / "series", Path(name) / "results"
        results.mkdir()
        write_made_series(series, _FEW_VOXELS)
        segment_series(
            inputs=[InputFolder(series, role) for role in package.manifest.input.roles],
            results_folder=results,
            package=package,
            segmenter=_SharesOut(len(package.segments)),
            threshold=0.5,
            run=0,
            report=_unheard,
            now=datetime.now().astimezone(),
        )


def _unheard(stage: Stage, fraction: float) -> None:
    pass


class _SharesOut:
    """Stands for the network: each voxel belongs to one segment, for some kinds take no more."""

    def __init__(self, segments: int) -> None:
        self._segments = segments

    def predict(self, channels: PlacedChannels, report: ReportFraction) -> Prediction:
        report(1.0)
        turns_xyz = np.indices(channels.array_cxyz.shape[1:]).sum(axis=0) % self._segments
        shared = [turns_xyz == segment for segment in range(self._segments)]
        return Prediction(np.stack(shared).astype(np.float32))
