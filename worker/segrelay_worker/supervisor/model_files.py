from __future__ import annotations

from itertools import chain
from pathlib import Path

Stamp = frozenset[tuple[str, int, int, int]]


def stamp_of(model_path: Path) -> Stamp:
    """Changes when a file of the packages that MODEL_PATH means does; reads none of them."""
    folder = model_path if model_path.is_dir() else model_path.parent
    packages = (folder, *filter(Path.is_symlink, folder.glob("*")))  # which `rglob` would pass by
    paths = chain.from_iterable(package.rglob("*") for package in packages)
    try:
        return frozenset(_stamp(path) for path in paths if path.is_file())
    except FileNotFoundError:  # a folder was removed while it was walked through
        return frozenset()


def _stamp(path: Path) -> tuple[str, int, int, int]:
    try:
        found = path.stat()
    except OSError:  # replaced at this moment
        return str(path), 0, 0, 0
    return str(path), found.st_ino, found.st_size, found.st_mtime_ns
