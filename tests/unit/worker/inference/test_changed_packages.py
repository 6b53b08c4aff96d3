from __future__ import annotations

from pathlib import Path

from builders.folder_package import write_folder_package
from fakes.stub_segmenter import write_stub_package

from segrelay_worker.inference.changed_packages import has_new_package
from segrelay_worker.segmenters.package import load_package


def test_what_is_known_is_not_new(tmp_path: Path) -> None:
    path = write_stub_package(tmp_path)
    assert not has_new_package(path, {load_package(path).digest})


def test_other_weights_with_their_checksum_are_new(tmp_path: Path) -> None:
    path = write_stub_package(tmp_path)
    known = {load_package(path).digest}
    write_stub_package(tmp_path, weights=b"better weights")
    assert has_new_package(path, known)


def test_half_of_a_copy_is_not_new_and_is_named(tmp_path: Path) -> None:
    path = write_stub_package(tmp_path)
    known = {load_package(path).digest}
    write_stub_package(tmp_path, weights=b"better weights")
    path.write_bytes(b"better")
    assert not has_new_package(path, known)
    (tmp_path / "model.toml").write_text("[model]\nname =")
    assert not has_new_package(path, known)


def test_a_package_that_is_put_beside_others_is_new(tmp_path: Path) -> None:
    write_stub_package(tmp_path / "a", name="brain")
    known = {load_package(tmp_path / "a").digest}
    assert not has_new_package(tmp_path, known)
    write_stub_package(tmp_path / "b", name="liver")
    assert has_new_package(tmp_path, known)


def test_a_folder_whose_list_came_before_its_files_is_not_new_yet(tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    weights = tmp_path / "models" / "model.pt"
    weights.write_bytes(b"better weights")
    write_folder_package(tmp_path, "monai_bundle")
    weights.write_bytes(b"better")
    assert not has_new_package(tmp_path, set())
    weights.write_bytes(b"better weights")
    assert has_new_package(tmp_path, set())
