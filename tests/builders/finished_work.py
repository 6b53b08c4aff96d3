"""A series with its model, ready to be written as DICOM."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from builders.mr_series import SeriesPlan, build_series
from fakes.stub_segmenter import write_stub_package

from segrelay_worker.dicom_results.work import FinishedWork
from segrelay_worker.segmenters.package import load_package
from segrelay_worker.series_volume.assembly import assemble_volume

NOW = datetime(2026, 1, 31, 12, 34, 56, tzinfo=UTC)


def finished_work(
    folder: Path, plan: SeriesPlan | None = None, *, labels: tuple[str, ...] = ("Lesion",)
) -> FinishedWork:
    """Work on the phantom; its mask is `plan.truth_zyx[None]`."""
    package = load_package(write_stub_package(folder / "package", labels=labels))
    volume = assemble_volume(build_series(plan))
    return FinishedWork(volume, package, threshold=0.5, run=0, now=NOW)
