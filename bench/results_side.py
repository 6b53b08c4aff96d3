"""A process as fresh as a worker's inference process: `python -m bench.results_side FOLDER N`.

Prints seconds of N rounds; in each, highdicom alone does its part after the core did all of it.
"""

from __future__ import annotations

import json
import sys
import time
import warnings
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

import numpy as np
from fakes.stub_segmenter import write_stub_package
from numpy.typing import NDArray
from pydicom.config import disable_value_validation

from bench.head_series import LABELS, head_mask_szyx
from bench.plain_highdicom import write_plain_results
from segrelay_worker.dicom_results.reported_result import reported_result
from segrelay_worker.dicom_results.result_set import write_results
from segrelay_worker.dicom_results.seg_content import binary_content
from segrelay_worker.dicom_results.work import FinishedWork
from segrelay_worker.inference.kept_memory import keep_freed_memory
from segrelay_worker.inference.rehearsal import rehearse
from segrelay_worker.segmenters.package import ModelPackage, load_package
from segrelay_worker.series_volume.assembly import assemble_volume
from segrelay_worker.series_volume.decoding import read_series
from segrelay_worker.series_volume.volume import SeriesVolume

_Made = TypeVar("_Made")


def main(folder: Path, rounds: int) -> None:
    """Everything that the inference process does before its first request is done untimed."""
    keep_freed_memory()
    warnings.simplefilter("ignore")
    package = load_package(write_stub_package(folder / "package", labels=LABELS))
    mask_szyx = head_mask_szyx()
    rehearse(package)
    with disable_value_validation():
        measured = [_round(folder / "series", package, mask_szyx) for _ in range(rounds)]
    print(json.dumps(measured))


def _round(series: Path, package: ModelPackage, mask_szyx: NDArray[np.bool_]) -> dict[str, float]:
    read_seconds, datasets = _timed(lambda: read_series(series))
    volume_seconds, volume = _timed(lambda: assemble_volume(datasets))
    with TemporaryDirectory() as name:
        results_seconds, _ = _timed(lambda: _write(volume, package, mask_szyx, Path(name)))
        images = list(volume.datasets)
        plain_seconds, _ = _timed(
            lambda: write_plain_results(images, mask_szyx, volume.voxel_ml, Path(name))
        )
    return {
        "read": read_seconds,
        "volume": volume_seconds,
        "results": results_seconds,
        "plain": plain_seconds,
    }


def _write(
    volume: SeriesVolume, package: ModelPackage, mask_szyx: NDArray[np.bool_], folder: Path
) -> None:
    work = FinishedWork(volume, package, threshold=0.5, run=0, now=datetime.now().astimezone())
    write_results(
        work=work,
        content=binary_content(mask_szyx),
        result=reported_result(work, mask_szyx),
        folder=folder,
        report=lambda _fraction: None,
    )


def _timed(do: Callable[[], _Made]) -> tuple[float, _Made]:
    started = time.perf_counter()
    made = do()
    return time.perf_counter() - started, made


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
