"""Folders with series → a folder with results: the worker without network and queue."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

from pydicom.config import disable_value_validation

from segrelay_contract.leases import SupersededObject
from segrelay_contract.status import Stage
from segrelay_worker.dicom_results.reported_result import reported_result
from segrelay_worker.dicom_results.result_set import write_results
from segrelay_worker.dicom_results.seg_content import seg_content
from segrelay_worker.dicom_results.work import FinishedWork
from segrelay_worker.inference.input_folder import InputFolder
from segrelay_worker.inference.outcome import SeriesOutcome
from segrelay_worker.inference.series_mask import find_mask
from segrelay_worker.segmenters.package import ModelPackage
from segrelay_worker.segmenters.segmenter import Segmenter

ReportStage = Callable[[Stage, float], None]  # stage, and how much of it is done, 0 to 1


def segment_series(  # noqa: PLR0913 - all that decides a result, each by name
    *,
    inputs: Sequence[InputFolder],
    results_folder: Path,
    package: ModelPackage,
    segmenter: Segmenter,
    threshold: float | None,
    run: int,
    report: ReportStage,
    now: datetime,
    supersedes: tuple[SupersededObject, ...] = (),
) -> SeriesOutcome:
    """Volume, mask, DICOM; `threshold` as for `find_mask`.

    Raises PermanentError with the code that tells why it cannot be done.
    """
    started = time.monotonic()
    report(Stage.INFERRING, 0.0)
    found = find_mask(
        inputs=inputs,
        package=package,
        segmenter=segmenter,
        threshold=threshold,
        report=lambda fraction: report(Stage.INFERRING, fraction),
    )
    inferred = time.monotonic()
    report(Stage.ENCODING, 0.0)
    others = found.inputs.others
    work = FinishedWork(
        found.volume, package, found.threshold, run, now, others, supersedes, found.way
    )
    result = reported_result(work, found.mask_szyx)
    with disable_value_validation():  # as in `find_mask`
        files = write_results(
            work=work,
            content=seg_content(
                package.manifest.output.kind,
                found.mask_szyx,
                found.probabilities_szyx,
                found.threshold,
            ),
            result=result,
            folder=results_folder,
            report=lambda fraction: report(Stage.ENCODING, fraction),
        )
    return SeriesOutcome(
        outcome=result.outcome,
        segments=result.segments,
        model=result.model,
        threshold=result.threshold,
        files=files,
        mask_sha256=result.mask_sha256,
        seconds_inferring=inferred - started,
        seconds_encoding=time.monotonic() - inferred,
        warnings=found.warnings,
        way=found.way,
    )
