"""What a model in the folder `model` finds in phantoms, a series for each role beside it."""

from __future__ import annotations

from pathlib import Path

from builders.mr_series import SeriesPlan, build_series, write_series

from segrelay_worker.inference.input_folder import InputFolder
from segrelay_worker.inference.series_mask import SeriesMask, find_mask
from segrelay_worker.segmenters.formats import SEGMENTER_FORMATS, open_segmenter
from segrelay_worker.segmenters.package import load_package
from segrelay_worker.segmenters.segmenter import Segmenter


def opened(folder: Path) -> Segmenter:
    return open_segmenter(load_package(folder), device="cpu", formats=SEGMENTER_FORMATS)


def found(tmp_path: Path, plans: dict[str, SeriesPlan], reported: list[float]) -> SeriesMask:
    for role, plan in plans.items():
        write_series(build_series(plan), tmp_path / role)
    return find_mask(
        inputs=[InputFolder(tmp_path / role, role) for role in plans],
        package=load_package(tmp_path / "model"),
        segmenter=opened(tmp_path / "model"),
        threshold=None,
        report=reported.append,
    )
