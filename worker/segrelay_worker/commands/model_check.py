"""`segrelay-worker model check`: what a request would get from a model package."""

from __future__ import annotations

import sys
import warnings
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from pathlib import Path

from segrelay_worker.commands.arguments import add_cache, add_device
from segrelay_worker.commands.exit_status import ended
from segrelay_worker.commands.progress_bar import ProgressBar
from segrelay_worker.inference.kept_memory import keep_freed_memory
from segrelay_worker.logs import configure_logs


def add_arguments(parser: ArgumentParser) -> None:
    """What can be chosen on the command line."""
    parser.add_argument(
        "folder",
        type=Path,
        metavar="FOLDER",
        help="model.toml이 있는 폴더 (the folder with model.toml)",
    )
    add_device(parser)
    add_cache(parser)


def run(options: Namespace, *, formats: str) -> int:
    """Segment a phantom, and say what came out or why it cannot; returns the exit status."""
    # What follows loads numpy, torch and the DICOM libraries, which the service never does.
    from segrelay_worker.commands.checked_model import checked_model  # noqa: PLC0415
    from segrelay_worker.inference.made_head import HEAD_SHAPE  # noqa: PLC0415

    configure_logs("WARNING")
    keep_freed_memory()

    def work() -> Sequence[str]:
        with warnings.catch_warnings(action="ignore"), ProgressBar(sys.stderr) as bar:
            return checked_model(
                options.folder,
                device=options.device,
                cache_folder=options.cache,
                formats=formats,
                shape_zyx=HEAD_SHAPE,
                report=bar.show,
            )

    return ended(work, not_done="모델을 쓸 수 없음 (the model cannot be used)")
