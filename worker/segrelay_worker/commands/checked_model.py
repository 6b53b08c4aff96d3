"""A made head through a model package, from DICOM to DICOM, as a request goes."""

from __future__ import annotations

import pkgutil
import time
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from segrelay_worker.commands.figures import figure_lines
from segrelay_worker.commands.peak_memory import peak_memory_lines
from segrelay_worker.inference.input_folder import InputFolder
from segrelay_worker.inference.made_head import made_head
from segrelay_worker.inference.made_series import write_made_series
from segrelay_worker.inference.outcome import SeriesOutcome
from segrelay_worker.inference.segment_series import ReportStage, segment_series
from segrelay_worker.segmenters.formats import SegmenterFormats, open_segmenter
from segrelay_worker.segmenters.package import ModelPackage, load_package


def checked_model(  # noqa: PLR0913 - what can be chosen, each by name
    folder: Path,
    *,
    device: str,
    cache_folder: Path,
    formats: str,
    shape_zyx: tuple[int, int, int],
    report: ReportStage,
) -> list[str]:
    """What a request would get, in lines for people.

    Raises what `load_package`, `open_segmenter` and `segment_series` raise.
    """
    package = load_package(folder)
    known: SegmenterFormats = pkgutil.resolve_name(formats)
    started = time.monotonic()
    segmenter = open_segmenter(package, device=device, formats=known, cache_folder=cache_folder)
    seconds_loading = time.monotonic() - started
    with TemporaryDirectory() as name:
        results = Path(name) / "results"
        results.mkdir()
        outcome = segment_series(
            inputs=_made_inputs(Path(name), package.manifest.input.roles, shape_zyx),
            results_folder=results,
            package=package,
            segmenter=segmenter,
            threshold=None,
            run=0,
            report=report,
            now=datetime.now().astimezone(),
        )
    return [*_lines(package, outcome, seconds_loading, shape_zyx), *peak_memory_lines(device)]


def _made_inputs(
    folder: Path, roles: Sequence[str], shape_zyx: tuple[int, int, int]
) -> list[InputFolder]:
    """A series for each role, in folders within this one."""
    inputs = [InputFolder(folder / f"{role}.series", role) for role in roles]
    for number, made in enumerate(inputs):
        head_zyx = made_head(number, shape_zyx).astype(np.uint16)
        write_made_series(made.folder, head_zyx, number=number)
    return inputs


def _lines(
    package: ModelPackage,
    outcome: SeriesOutcome,
    seconds_loading: float,
    shape_zyx: tuple[int, int, int],
) -> Iterator[str]:
    yield f"모델 (model): {package.name} {package.version}, {package.manifest.model.format}"
    yield f"입력 (inputs): {', '.join(package.manifest.input.roles)}"
    size = " × ".join(str(length) for length in shape_zyx)
    yield f"만들어진 머리 (a made head): {size}, 1 mm"
    yield "  찾은 것에 뜻은 없음 (what is found in it means nothing)"
    yield from (mended.sentence for mended in outcome.warnings)
    yield from figure_lines(outcome.segments)
    if outcome.way:
        yield f"계산 방법 (way to compute): {outcome.way}"
    for name, seconds in (
        ("모델 읽기 (loading)", seconds_loading),
        ("추론 (inferring)", outcome.seconds_inferring),
        ("결과 작성 (encoding)", outcome.seconds_encoding),
    ):
        yield f"{name}: {seconds:.1f} s"
