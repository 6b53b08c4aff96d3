from __future__ import annotations

import shutil
import subprocess
from io import BytesIO
from pathlib import Path

import pytest
from builders.folder_package import write_folder_package

from segrelay_contract.error_codes import ErrorCode
from segrelay_worker.errors import PermanentError
from segrelay_worker.segmenters.folder_files import FOLDER_FILES
from segrelay_worker.segmenters.listed_files import (
    LIST_NAME,
    ListedFiles,
    list_of_files,
    read_list,
)
from segrelay_worker.segmenters.package import load_package, opened_weights


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("configs/inference.json", "models/model.pt", "models/notes.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name, encoding="utf-8")
    write_folder_package(tmp_path, "monai_bundle")
    return tmp_path


def listed(folder: Path) -> ListedFiles:
    package = load_package(folder)
    with opened_weights(package) as weights:
        return read_list(package, weights)


def test_the_list_is_what_sha256sum_writes_and_checks(folder: Path) -> None:
    files = ["configs/inference.json", "models/model.pt"]
    written = subprocess.run(["sha256sum", *files], cwd=folder, capture_output=True, check=True)
    assert (folder / LIST_NAME).read_bytes() == written.stdout
    assert subprocess.run(["sha256sum", "--check", LIST_NAME], cwd=folder, check=True)


def test_listed_files_are_opened(folder: Path) -> None:
    files = listed(folder)
    assert files.fitting("models/*") == ["models/model.pt"]
    with files.opened("models/model.pt") as file:
        assert file.read() == b"models/model.pt"


def test_a_file_that_was_changed_since_is_refused_by_its_name(folder: Path) -> None:
    (folder / "models" / "model.pt").write_text("other", encoding="utf-8")
    with pytest.raises(PermanentError) as caught, listed(folder).opened("models/model.pt"):
        pass
    assert caught.value.code is ErrorCode.MODEL_CHECKSUM_MISMATCH
    assert "(model.pt)" in str(caught.value)


def test_a_list_that_was_changed_since_is_refused(folder: Path) -> None:
    (folder / "models" / "model.pt").write_text("other", encoding="utf-8")
    (folder / LIST_NAME).write_text(
        list_of_files(folder, FOLDER_FILES["monai_bundle"]), encoding="utf-8"
    )
    with pytest.raises(PermanentError) as caught:
        listed(folder)
    assert caught.value.code is ErrorCode.MODEL_CHECKSUM_MISMATCH


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("models/notes.txt", "models/notes.txt is missing in SHA256SUMS"),
        ("models/model.pt", "model.pt cannot be read"),
    ],
)
def test_a_file_that_is_not_there_or_not_listed_is_named(
    folder: Path, name: str, said: str
) -> None:
    (folder / "models" / "model.pt").unlink()
    with pytest.raises(PermanentError, match=said), listed(folder).opened(name):
        pass


def test_other_weights_than_a_list_are_refused(tmp_path: Path) -> None:
    write_folder_package(tmp_path, "nnunet")
    with pytest.raises(PermanentError, match="expected a list of files as sha256sum writes it"):
        listed(tmp_path)


@pytest.mark.parametrize("name", ["/models/notes.txt", "../notes.txt", "models/../../notes.txt"])
def test_a_list_that_names_files_elsewhere_is_refused(folder: Path, name: str) -> None:
    with pytest.raises(PermanentError, match="expected names of files in its own folder"):
        read_list(load_package(folder), BytesIO(f"{'0' * 64}  {name}\n".encode()))


def test_all_files_are_to_be_as_listed(folder: Path) -> None:
    listed(folder).require_all()
    (folder / "models" / "model.pt").write_text("half", encoding="utf-8")
    with pytest.raises(PermanentError, match=r"model\.pt"):
        listed(folder).require_all()


def test_the_digest_covers_all_files(folder: Path) -> None:
    before = load_package(folder).digest
    (folder / "configs" / "inference.json").write_text("{}", encoding="utf-8")
    write_folder_package(folder, "monai_bundle")
    assert load_package(folder).digest != before


def test_a_folder_counts_with_all_its_files(folder: Path) -> None:
    assert load_package(folder).weights_bytes == len("configs/inference.jsonmodels/model.pt")


def test_a_folder_may_be_moved(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "model"
    shutil.copytree(folder, elsewhere)
    assert load_package(elsewhere).digest == load_package(folder).digest
    with listed(elsewhere).opened("configs/inference.json") as file:
        assert file.read() == b"configs/inference.json"
