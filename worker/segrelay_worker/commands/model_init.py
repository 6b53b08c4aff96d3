"""`segrelay-worker model init`: a first model.toml, from what a model gives away."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from pathlib import Path

from segrelay_worker.commands.errors import CommandError
from segrelay_worker.commands.exit_status import ended

_NOT_WRITTEN = "model.toml을 쓰지 못함 (model.toml is not written)"


def add_arguments(parser: ArgumentParser) -> None:
    """What can be chosen on the command line."""
    parser.add_argument(
        "weights",
        type=Path,
        metavar="WEIGHTS",
        help="가중치 파일, 또는 MONAI 번들·nnU-Net 폴더 (weights, or a folder of these kinds)",
    )
    parser.add_argument(
        "-o",
        "--out",
        type=Path,
        metavar="FILE",
        help="기본값은 가중치 옆의 model.toml (default: model.toml beside the weights)",
    )


def run(options: Namespace) -> int:
    """Write it, and say what is left to do; returns the exit status."""
    return ended(lambda: list(_written(options.weights, options.out)), not_done=_NOT_WRITTEN)


def _written(weights: Path, out: Path | None) -> Iterator[str]:
    # What follows loads pydantic's models and the tables of codes, which the service never does.
    from segrelay_worker.first_description.description import (  # noqa: PLC0415
        MARK,
        first_description,
    )
    from segrelay_worker.first_description.look import look_into  # noqa: PLC0415
    from segrelay_worker.segmenters.checksum import sha256_of  # noqa: PLC0415
    from segrelay_worker.segmenters.manifest_schema import (  # noqa: PLC0415
        SCHEMA_NAME,
        manifest_schema,
    )
    from segrelay_worker.segmenters.package import MANIFEST_NAME  # noqa: PLC0415

    folder = weights if weights.is_dir() else weights.parent
    path = out or folder / MANIFEST_NAME
    if path.exists():
        raise CommandError(f"{str(path)!r} is there already. Name a new file with -o.")
    facts = look_into(weights)
    covered = _list_of_files(weights, facts.format) if weights.is_dir() else weights
    name = weights.resolve().name if weights.is_dir() else weights.stem
    text = first_description(facts, name=name, weights=covered.name, sha256=sha256_of(covered))
    _write(path, text)
    _write(path.parent / SCHEMA_NAME, manifest_schema())
    yield f"✅ 작성함 (written): {path}"
    yield f"  형식 (format): {facts.format}"
    for name, count in (("입력 (input)", facts.in_channels), ("출력 (output)", facts.out_channels)):
        yield f"  {name}: {'?' if count is None else count} channels"
    yield f"  고칠 줄 (lines to edit, marked {MARK[2:]}): {text.count(MARK) - 1}"
    if path != folder / MANIFEST_NAME:
        yield f"  {folder / MANIFEST_NAME}(으)로 옮기세요 (move it there)"
    yield f"그다음 (then): segrelay-worker model check {folder}"


def _list_of_files(folder: Path, model_format: str) -> Path:
    """Of a folder, the list of its checksums stands for the weights."""
    from segrelay_worker.segmenters.folder_files import FOLDER_FILES  # noqa: PLC0415
    from segrelay_worker.segmenters.listed_files import LIST_NAME, list_of_files  # noqa: PLC0415

    path = folder / LIST_NAME
    _write(path, list_of_files(folder, FOLDER_FILES[model_format]))
    return path


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise CommandError(f"{str(path)!r} cannot be written ({error.strerror}).") from error
