from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path

import pytest
from fakes.stub_segmenter import STUB_FORMATS, write_stub_package

from segrelay_contract.error_codes import ErrorCode
from segrelay_worker.errors import PermanentError
from segrelay_worker.inference.loaded_models import LoadedModels
from segrelay_worker.inference.usable_packages import usable_packages
from segrelay_worker.segmenters.formats import open_segmenter
from segrelay_worker.segmenters.package import ModelPackage
from segrelay_worker.segmenters.package_paths import package_paths
from segrelay_worker.segmenters.segmenter import Segmenter


@pytest.fixture
def models(tmp_path: Path) -> Path:
    write_stub_package(tmp_path / "a", name="brain")
    write_stub_package(tmp_path / "b", name="lesion")
    return tmp_path


def usable(models: Path) -> Mapping[str, ModelPackage]:
    def opened(package: ModelPackage) -> Segmenter:
        return open_segmenter(package, device="cpu", formats=STUB_FORMATS)

    loaded = LoadedModels(open_segmenter=opened, budget_bytes=None)
    return usable_packages(package_paths(models), loaded).by_name


def spoil(package: Path) -> None:
    (package / "best_model.pth").write_bytes(b"half of an update")


def test_a_bad_package_is_left_out_and_named(
    models: Path, caplog: pytest.LogCaptureFixture
) -> None:
    spoil(models / "a")
    write_stub_package(models / "c", name="lesion", version="2.0.0")
    found = usable(models)
    assert [(name, package.version) for name, package in found.items()] == [("lesion", "1.0.0")]
    spoilt, second = (record for record in caplog.records if record.levelno == logging.ERROR)
    assert vars(spoilt)["fields"]["folder"] == "a"
    assert "Put the right file there" in str(vars(spoilt)["fields"]["reason"])
    assert vars(second)["fields"]["folder"] == "c"
    assert "another package" in str(vars(second)["fields"]["reason"])


def test_a_folder_of_bad_packages_is_refused_with_the_first_reason(models: Path) -> None:
    for name in ("a", "b"):
        spoil(models / name)
    with pytest.raises(PermanentError) as caught:
        usable(models)
    assert caught.value.code is ErrorCode.MODEL_CHECKSUM_MISMATCH
