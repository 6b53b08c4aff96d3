"""A model that is a folder: its weights file is the list of its files, as `sha256sum` writes it.

model.toml names the checksum of the list, and the list those of the files: nothing that decides a
result changes unnoticed. What is not listed is not looked at.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from segrelay_worker.segmenters.checksum import sha256_of
from segrelay_worker.segmenters.manifest import unreadable
from segrelay_worker.segmenters.package import ModelPackage, opened_file

LIST_NAME = "SHA256SUMS"

_LINE = re.compile(r"(?P<sha256>[0-9a-f]{64}) [ *](?P<name>.+)")


@dataclass(frozen=True)
class ListedFiles:
    """Files of a folder; names are relative to it, with slashes."""

    folder: Path
    checksums: Mapping[str, str]

    def fitting(self, pattern: str) -> list[str]:
        """The names that a pattern such as `models/*.pt` fits, in order; `*` takes slashes too."""
        return sorted(name for name in self.checksums if fnmatchcase(name, pattern))

    def require_all(self) -> None:
        """Each file is there and as listed. Raises as `opened` does."""
        for name in self.checksums:
            with self.opened(name):
                pass

    def opened(self, name: str) -> AbstractContextManager[BinaryIO]:
        """As `opened_file`; a name that is not listed raises PermanentError model_unreadable."""
        if name not in self.checksums:
            raise unreadable(f"{name} is missing in {LIST_NAME}")
        return opened_file(self.folder / name, self.checksums[name])


def read_list(package: ModelPackage, weights: BinaryIO) -> ListedFiles:
    """The files of a package whose weights are a list. Raises PermanentError model_unreadable."""
    lines = weights.read().decode(errors="replace").splitlines()
    found = [_LINE.fullmatch(line) for line in lines]
    checksums = {line["name"].removeprefix("./"): line["sha256"] for line in found if line}
    if not checksums or len(checksums) < len(lines):
        model = package.manifest.model
        raise unreadable(
            f"model.weights in model.toml is {model.weights!r}, expected a list of files as "
            f"sha256sum writes it, because model.format is {model.format!r}"
        )
    _require_within(checksums)
    return ListedFiles(package.weights_path.parent, checksums)


def _require_within(names: Iterable[str]) -> None:
    """Files are copied under these names: others could overwrite what is nobody's model."""
    for name in names:
        path = PurePosixPath(name)
        if path.is_absolute() or ".." in path.parts:
            raise unreadable(
                f"{LIST_NAME} names {name}, expected names of files in its own folder: write the "
                "list in that folder, without / at the beginning and without .."
            )


def list_of_files(folder: Path, patterns: Iterable[str]) -> str:
    """What is to stand in the list of this folder: a line for each file that a pattern fits."""
    return "".join(f"{sha256_of(folder / name)}  {name}\n" for name in _names(folder, patterns))


def _names(folder: Path, patterns: Iterable[str]) -> Iterator[str]:
    paths = {path for pattern in patterns for path in folder.glob(pattern) if path.is_file()}
    yield from sorted(path.relative_to(folder).as_posix() for path in paths)
