from __future__ import annotations

import weakref
from pathlib import Path

import pytest
from fakes.stub_segmenter import WEIGHTS, StubSegmenter, write_stub_package

from segrelay_contract.error_codes import ErrorCode
from segrelay_worker.errors import PermanentError
from segrelay_worker.inference.loaded_models import LoadedModels
from segrelay_worker.segmenters.package import ModelPackage, load_package
from segrelay_worker.segmenters.segmenter import Segmenter

SIZE = len(WEIGHTS)


class Opening:
    """Opens stubs, and remembers which, and which of them are still there."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self._opened = weakref.WeakValueDictionary[str, StubSegmenter]()

    def __call__(self, package: ModelPackage) -> Segmenter:
        segmenter = StubSegmenter(package)
        self.names.append(package.name)
        self._opened[package.name] = segmenter
        return segmenter

    @property
    def alive(self) -> list[str]:
        return sorted(self._opened)


@pytest.fixture
def packages(tmp_path: Path) -> dict[str, ModelPackage]:
    return {
        name: load_package(write_stub_package(tmp_path / name, name=name))
        for name in ("brain", "lesion", "prostate")
    }


def models(opening: Opening, budget_bytes: int | None) -> LoadedModels:
    return LoadedModels(open_segmenter=opening, budget_bytes=budget_bytes)


def use(loaded: LoadedModels, packages: dict[str, ModelPackage], *names: str) -> None:
    for name in names:
        loaded.segmenter(packages[name])


def test_without_a_budget_each_is_loaded_once(packages: dict[str, ModelPackage]) -> None:
    opening = Opening()
    use(models(opening, None), packages, "brain", "lesion", "prostate", "brain", "lesion")
    assert opening.names == ["brain", "lesion", "prostate"]


def test_the_least_recently_used_makes_room(packages: dict[str, ModelPackage]) -> None:
    opening = Opening()
    loaded = models(opening, 2 * SIZE)
    use(loaded, packages, "brain", "lesion", "brain", "prostate")
    assert opening.alive == ["brain", "prostate"]
    use(loaded, packages, "lesion")
    assert opening.alive == ["lesion", "prostate"]
    assert opening.names == ["brain", "lesion", "prostate", "lesion"]


def test_one_that_is_larger_than_the_budget_is_loaded_alone(
    packages: dict[str, ModelPackage],
) -> None:
    opening = Opening()
    loaded = models(opening, SIZE - 1)
    use(loaded, packages, "brain", "lesion")
    assert opening.alive == ["lesion"]


def test_one_that_cannot_be_loaded_leaves_no_trace(packages: dict[str, ModelPackage]) -> None:
    opening = Opening()

    def failing(package: ModelPackage) -> Segmenter:
        if package.name == "lesion":
            raise PermanentError(ErrorCode.MODEL_UNREADABLE, {"problem": "it is torn"})
        return opening(package)

    loaded = LoadedModels(open_segmenter=failing, budget_bytes=2 * SIZE)
    loaded.segmenter(packages["brain"])
    with pytest.raises(PermanentError):
        loaded.segmenter(packages["lesion"])
    use(loaded, packages, "brain", "prostate")
    assert opening.names == ["brain", "prostate"]
