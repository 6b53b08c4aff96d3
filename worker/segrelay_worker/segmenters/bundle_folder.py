from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import copyfileobj
from tempfile import TemporaryDirectory
from types import ModuleType

from segrelay_worker.segmenters.listed_files import ListedFiles


@contextmanager
def importable_copy(files: ListedFiles, *, without: str) -> Iterator[Path]:
    """The listed files but the one, checked, in a folder that Python imports from meanwhile.

    What a bundle keeps as `scripts` is imported as that: afterwards the name is free for the next.
    """
    with TemporaryDirectory() as name:
        for listed in files.checksums.keys() - {without}:
            _copy(files, listed, Path(name) / listed)
        known = set(sys.modules)
        sys.path.insert(0, name)
        try:
            yield Path(name)
        finally:
            for module in sys.modules.keys() - known:
                if _is_from(name, sys.modules[module]):
                    del sys.modules[module]
            sys.path.remove(name)


def _copy(files: ListedFiles, listed: str, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with files.opened(listed) as source, target.open("wb") as copy:
        copyfileobj(source, copy)


def _is_from(folder: str, module: ModuleType) -> bool:
    places = [getattr(module, "__file__", None), *getattr(module, "__path__", [])]
    return any(str(place).startswith(folder) for place in places)
