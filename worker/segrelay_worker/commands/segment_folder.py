"""The series of a folder → files in another folder, by the same core as in the service."""

from __future__ import annotations

import pkgutil
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from segrelay_contract.status import Stage
from segrelay_worker.commands.errors import CommandError
from segrelay_worker.commands.figures import figure_lines
from segrelay_worker.commands.found_series import FoundSeries, Paths, find_series, link_files
from segrelay_worker.commands.nifti import require_nibabel, write_nifti
from segrelay_worker.dicom_results.measurement import measure_segments
from segrelay_worker.dicom_results.work import FinishedWork
from segrelay_worker.inference.input_folder import InputFolder
from segrelay_worker.inference.segment_series import ReportStage, segment_series
from segrelay_worker.inference.series_mask import find_mask
from segrelay_worker.segmenters.formats import SegmenterFormats, open_segmenter
from segrelay_worker.segmenters.package import ModelPackage, load_package
from segrelay_worker.segmenters.segmenter import Segmenter

Lines = list[str]


@dataclass(frozen=True)
class FolderOrder:
    """What to segment, with what, and where the results go."""

    folder: Path
    out: Path
    series: Mapping[str, str]  # role → Series Instance UID; the role is empty where none is named
    as_nifti: bool
    model_path: Path
    device: str
    cache_folder: Path
    threshold: float | None
    formats: str


def segment_folder(
    order: FolderOrder, *, report: ReportStage, note: Callable[[str], None]
) -> Lines:
    """What came out, in lines for people; `out` holds nothing unless all went well.

    Raises CommandError, or what `segment_series` raises.
    """
    _require_new(order.out)
    if order.as_nifti:
        require_nibabel()
    found = find_series(order.folder)
    if found.other_files:
        note(f"DICOM이 아닌 파일 제외 (files that are no images, left out): {found.other_files}")
    package = load_package(order.model_path)
    paths = _paths_by_role(found, order.series, package.manifest.input.roles)
    write = _write_nifti if order.as_nifti else _write_dicom
    with TemporaryDirectory() as name:
        inputs, results = Path(name), Path(name) / "results"
        for role in paths:
            link_files(paths[role], inputs / f"{role}.series")
        results.mkdir()
        folders = [InputFolder(inputs / f"{role}.series", role) for role in paths]
        lines = write(order, package, folders, results, report)
        shutil.copytree(results, order.out, dirs_exist_ok=True)
    return [*lines, f"결과 (results): {order.out}"]


def _require_new(out: Path) -> None:
    """Files of an earlier run must not be taken for those of this one."""
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise CommandError(f"{str(out)!r} is there already and not empty. Name a new folder.")


def _paths_by_role(
    found: FoundSeries, named: Mapping[str, str], roles: Sequence[str]
) -> dict[str, Paths]:
    """The files of each role in the model's order.

    Raises CommandError unless each is clear, and all are of one patient.
    """
    uids = _uids_by_role(found, named, roles)
    found.require_one_patient(uids.values())
    return {role: found.paths[uid] for role, uid in uids.items()}


def _uids_by_role(
    found: FoundSeries, named: Mapping[str, str], roles: Sequence[str]
) -> dict[str, str]:
    if len(roles) == 1:
        return {roles[0]: found.choose(named.get(roles[0], named.get("")))}
    if set(named) != set(roles):
        raise CommandError(found.choice_for(roles))
    return {role: found.choose(named[role]) for role in roles}


def _write_dicom(
    order: FolderOrder,
    package: ModelPackage,
    inputs: Sequence[InputFolder],
    results: Path,
    report: ReportStage,
) -> Lines:
    outcome = segment_series(
        inputs=inputs,
        results_folder=results,
        package=package,
        segmenter=_segmenter(order, package),
        threshold=order.threshold,
        run=0,
        report=report,
        now=datetime.now().astimezone(),
    )
    return [*(mended.sentence for mended in outcome.warnings), *figure_lines(outcome.segments)]


def _write_nifti(
    order: FolderOrder,
    package: ModelPackage,
    inputs: Sequence[InputFolder],
    results: Path,
    report: ReportStage,
) -> Lines:
    found = find_mask(
        inputs=inputs,
        package=package,
        segmenter=_segmenter(order, package),
        threshold=order.threshold,
        report=partial(report, Stage.INFERRING),
    )
    report(Stage.ENCODING, 0.0)
    write_nifti(found, package.segments, results)
    report(Stage.ENCODING, 1.0)
    work = FinishedWork(found.volume, package, found.threshold, 0, datetime.now().astimezone())
    segments = measure_segments(work, found.mask_szyx)
    return [*(mended.sentence for mended in found.warnings), *figure_lines(segments)]


def _segmenter(order: FolderOrder, package: ModelPackage) -> Segmenter:
    formats: SegmenterFormats = pkgutil.resolve_name(order.formats)
    return open_segmenter(
        package, device=order.device, formats=formats, cache_folder=order.cache_folder
    )
