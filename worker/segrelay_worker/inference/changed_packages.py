from __future__ import annotations

import logging
from collections.abc import Set as AbstractSet
from pathlib import Path

from segrelay_worker.errors import WorkerError
from segrelay_worker.logs import fields
from segrelay_worker.segmenters.folder_files import FOLDER_FILES
from segrelay_worker.segmenters.listed_files import read_list
from segrelay_worker.segmenters.package import ModelPackage, load_package, opened_weights
from segrelay_worker.segmenters.package_paths import package_paths

_log = logging.getLogger(__name__)


def has_new_package(model_path: Path, known: AbstractSet[str]) -> bool:
    """Whether a package is there whose digest is not known and whose files are what it names.

    One that is not whole, because somebody is copying it or by mistake, changes nothing.
    """
    return any(_is_new(path, known) for path in package_paths(model_path))


def _is_new(path: Path, known: AbstractSet[str]) -> bool:
    try:
        package = load_package(path)
        if package.digest in known:
            return False
        _require_whole(package)
    except WorkerError as error:
        _log.warning(
            "바뀐 모델을 쓸 수 없음 (a model was changed and cannot be used so; what is loaded is "
            "used on)",
            extra=fields(folder=path.name, reason=error),
        )
        return False
    return True


def _require_whole(package: ModelPackage) -> None:
    """A folder's list is often copied before the files that it names."""
    with opened_weights(package) as weights:
        if package.manifest.model.format in FOLDER_FILES:
            read_list(package, weights).require_all()
