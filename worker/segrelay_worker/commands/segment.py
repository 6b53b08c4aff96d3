"""`segrelay-worker segment`: a model package tried on files, with no queue and no archive."""

from __future__ import annotations

import sys
import warnings
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from pathlib import Path

from segrelay_worker import variables
from segrelay_worker.commands.arguments import add_cache, add_device, argument
from segrelay_worker.commands.exit_status import ended
from segrelay_worker.commands.progress_bar import ProgressBar
from segrelay_worker.inference.kept_memory import keep_freed_memory
from segrelay_worker.logs import configure_logs


def add_arguments(parser: ArgumentParser) -> None:
    """What can be chosen on the command line."""
    parser.add_argument(
        "folder", type=Path, metavar="FOLDER", help="DICOM 파일이 있는 폴더 (where the images are)"
    )
    parser.add_argument(
        "-o",
        "--out",
        type=Path,
        required=True,
        metavar="OUT",
        help="결과를 쓸 새 폴더 (a new folder for the results)",
    )
    parser.add_argument(
        "--format",
        choices=("dicom", "nifti"),
        default="dicom",
        help="dicom: SEG, SC, SR; nifti: 구획마다 마스크 파일 하나 (a mask for each segment)",
    )
    parser.add_argument(
        "--model",
        type=Path,
        default=Path("src/best_model.pth"),
        metavar="PATH",
        help="가중치 파일 또는 그 폴더 (weights or their folder; default: %(default)s)",
    )
    add_device(parser)
    add_cache(parser)
    parser.add_argument(
        "--threshold",
        type=argument(variables.probability),
        metavar="0…1",
        help="없으면 모델 패키지의 값 (default: the package's)",
    )
    parser.add_argument(
        "--series",
        action="append",
        default=[],
        type=_named_series,
        metavar="[ROLE=]UID",
        help="폴더에 여럿이면 어느 시리즈인지, 입력이 여럿인 모델은 역할마다 "
        "(which one, where the folder holds several; for each role of a model with several)",
    )


def run(options: Namespace, *, formats: str) -> int:
    """Segment, and say what came out or why it cannot be done; returns the exit status."""
    # What follows loads numpy, torch and the DICOM libraries, which the service never does.
    from segrelay_worker.commands.segment_folder import FolderOrder, segment_folder  # noqa: PLC0415

    configure_logs("WARNING")
    keep_freed_memory()
    order = FolderOrder(
        folder=options.folder,
        out=options.out,
        series=dict(options.series),
        as_nifti=options.format == "nifti",
        model_path=options.model,
        device=options.device,
        cache_folder=options.cache,
        threshold=options.threshold,
        formats=formats,
    )

    def work() -> Sequence[str]:
        # Warnings quote header values, which may be a patient's.
        with warnings.catch_warnings(action="ignore"), ProgressBar(sys.stderr) as bar:
            return segment_folder(order, report=bar.show, note=bar.note)

    return ended(work, not_done="분할하지 못함 (not segmented)")


def _named_series(text: str) -> tuple[str, str]:
    """Role and UID; the role is empty where none is named."""
    role, _, uid = text.rpartition("=")
    return role, uid
