from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from segrelay_worker.errors import TransientError, WorkerError
from segrelay_worker.inference.loaded_models import LoadedModels
from segrelay_worker.logs import fields
from segrelay_worker.segmenters.manifest import unreadable
from segrelay_worker.segmenters.package import ModelPackage, load_package

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class UsablePackages:
    """By name; and whether another one may be usable later, as it is."""

    by_name: Mapping[str, ModelPackage]
    may_become_more: bool


def usable_packages(paths: Sequence[Path], models: LoadedModels) -> UsablePackages:
    """The packages that can be loaded; of several a bad one is left out and logged.

    Raises the WorkerError of the first if none is left.
    """
    usable: dict[str, ModelPackage] = {}
    failures: list[WorkerError] = []
    for path in paths:
        try:
            package = load_package(path)
            _require_new_name(package, usable)
            models.segmenter(package)
        except WorkerError as error:
            failures.append(error)
            if len(paths) > 1:
                _log.error(
                    "❌ 모델을 쓸 수 없음 (this model cannot be used, the others can)",
                    extra=fields(folder=path.name, reason=error),
                )
        else:
            usable[package.name] = package
    if not usable:
        raise failures[0]
    return UsablePackages(usable, any(isinstance(each, TransientError) for each in failures))


def _require_new_name(package: ModelPackage, usable: Mapping[str, ModelPackage]) -> None:
    if package.name in usable:
        raise unreadable(
            f"model.name in model.toml is {package.name!r}, which another package in the same "
            "folder has too; requests ask for a model by its name"
        )
