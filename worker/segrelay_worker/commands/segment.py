"""`segrelay-worker segment`: a model package tried on files, with no queue and no archive."""

from __future__ import annotations

import sys
import warnings
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from segrelay_worker import variables
from segrelay_worker.commands.errors import CommandError
from segrelay_worker.commands.progress_bar import ProgressBar
from segrelay_worker.errors import WorkerError
from segrelay_worker.inference.kept_memory import keep_freed_memory
from segrelay_worker.logs import configure_logs
from segrelay_worker.unforeseen import unforeseen

DONE, BROKEN, NOT_DONE = 0, 1, 2  # exit statuses

_Parsed = TypeVar("_Parsed")


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
    parser.add_argument(
        "--device",
        type=_argument(variables.device),
        default="cpu",
        help="cpu, cuda, cuda:1 … (default: %(default)s)",
    )
    parser.add_argument(
        "--threshold",
        type=_argument(variables.probability),
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
        threshold=options.threshold,
        formats=formats,
    )
    try:
        # Warnings quote header values, which may be a patient's.
        with warnings.catch_warnings(action="ignore"), ProgressBar(sys.stderr) as bar:
            lines = segment_folder(order, report=bar.show, note=bar.note)
    except (CommandError, WorkerError) as error:
        sys.stderr.write(f"❌ 분할하지 못함 (not segmented): {error}\n")
        return NOT_DONE
    except Exception as error:  # noqa: BLE001 - its message may quote a patient, its place does not
        sys.stderr.write(f"❌ 내부 오류 (internal error): {unforeseen(error)}\n")
        return BROKEN
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    return DONE


def _named_series(text: str) -> tuple[str, str]:
    """Role and UID; the role is empty where none is named."""
    role, _, uid = text.rpartition("=")
    return role, uid


def _argument(parse: Callable[[str], _Parsed]) -> Callable[[str], _Parsed]:
    """A parser of the environment as argparse wants it: it shows the text of its own error only."""

    def parsed(value: str) -> _Parsed:
        try:
            return parse(value)
        except ValueError as expected:
            raise ArgumentTypeError(f"{value!r}; expected {expected}") from None

    return parsed
