"""A folder with one series → a folder with its results: the worker without network and queue."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset
from pydicom.config import disable_value_validation

from segrelay_contract.error_codes import ErrorCode
from segrelay_contract.series_rules.identity import digest_instances
from segrelay_contract.status import Outcome, Stage
from segrelay_worker.dicom_results.measurement import measure_segments
from segrelay_worker.dicom_results.result_set import write_results
from segrelay_worker.dicom_results.work import FinishedWork
from segrelay_worker.errors import PermanentError
from segrelay_worker.inference.outcome import SeriesOutcome
from segrelay_worker.inference.segment_volume import segment_volume
from segrelay_worker.segmenters.package import ModelPackage
from segrelay_worker.segmenters.segmenter import Segmenter
from segrelay_worker.series_volume.assembly import assemble_volume
from segrelay_worker.series_volume.decoding import read_series

ReportStage = Callable[[Stage, float], None]  # stage, and how much of it is done, 0 to 1


def segment_series(  # noqa: PLR0913 - all that decides a result, each by name
    *,
    series_folder: Path,
    results_folder: Path,
    package: ModelPackage,
    segmenter: Segmenter,
    threshold: float | None,
    run: int,
    report: ReportStage,
    now: datetime,
    instances_digest: str | None = None,
) -> SeriesOutcome:
    """Volume, mask, DICOM; `threshold` None means the package's.

    `instances_digest` names the images that were asked about; None takes what the folder holds.
    Raises PermanentError with the code that tells why it cannot be done.
    """
    # Patient tags that break the standard must neither reach the log through pydicom's warnings
    # nor cost a finished result.
    with disable_value_validation():
        started = time.monotonic()
        report(Stage.INFERRING, 0.0)
        used_threshold = package.manifest.output.threshold if threshold is None else threshold
        datasets = read_series(series_folder)
        _require_asked_about(datasets, instances_digest)
        volume = assemble_volume(datasets, package.manifest.input.volume)
        mask_szyx = segment_volume(
            volume=volume,
            package=package,
            segmenter=segmenter,
            threshold=used_threshold,
            report=lambda fraction: report(Stage.INFERRING, fraction),
        )
        inferred = time.monotonic()
        report(Stage.ENCODING, 0.0)
        work = FinishedWork(volume, package, used_threshold, run, now)
        segments = measure_segments(work, mask_szyx)
        files = write_results(
            work=work,
            mask_szyx=mask_szyx,
            segments=segments,
            folder=results_folder,
            report=lambda fraction: report(Stage.ENCODING, fraction),
        )
    return SeriesOutcome(
        outcome=Outcome.SEGMENTED if mask_szyx.any() else Outcome.NOTHING_FOUND,
        segments=segments,
        model=package.identity(),
        threshold=used_threshold,
        files=files,
        mask_sha256=mask_sha256(mask_szyx),
        seconds_inferring=inferred - started,
        seconds_encoding=time.monotonic() - inferred,
        warnings=tuple(mended.sentence for mended in volume.warnings),
    )


def _require_asked_about(datasets: Sequence[Dataset], instances_digest: str | None) -> None:
    """A series that grew since would give a result for images that nobody asked about."""
    found = digest_instances(str(dataset.SOPInstanceUID) for dataset in datasets)
    if instances_digest is not None and found != instances_digest:
        raise PermanentError(ErrorCode.SERIES_CHANGED)


def mask_sha256(mask_szyx: NDArray[np.bool_]) -> str:
    """Of uint8 zeros and ones in C order, slices sorted along their normal."""
    return hashlib.sha256(mask_szyx.astype(np.uint8).tobytes()).hexdigest()
