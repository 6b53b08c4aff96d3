"""A folder with images → its results, by the worker's core and the stub."""

from __future__ import annotations

from pathlib import Path

from builders.finished_work import NOW
from fakes.stub_segmenter import StubSegmenter

from segrelay_worker.inference.input_folder import InputFolder
from segrelay_worker.inference.outcome import SeriesOutcome
from segrelay_worker.inference.segment_series import segment_series
from segrelay_worker.segmenters.package import ModelPackage


def segmented(series: Path, results: Path, package: ModelPackage) -> SeriesOutcome:
    """Raises PermanentError as the core does."""
    results.mkdir(exist_ok=True)
    return segment_series(
        inputs=[InputFolder(series)],
        results_folder=results,
        package=package,
        segmenter=StubSegmenter(package),
        threshold=None,
        run=0,
        report=lambda _stage, _fraction: None,
        now=NOW,
    )
