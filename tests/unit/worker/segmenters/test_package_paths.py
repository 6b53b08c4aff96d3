from __future__ import annotations

from pathlib import Path

from fakes.stub_segmenter import write_stub_package

from segrelay_worker.segmenters.package_paths import package_paths


def test_a_weights_file_and_a_packages_folder_mean_one_package(tmp_path: Path) -> None:
    weights = write_stub_package(tmp_path)
    assert package_paths(weights) == (weights,)
    assert package_paths(tmp_path) == (tmp_path,)


def test_a_folder_of_packages_means_each_by_name(tmp_path: Path) -> None:
    for name in ("prostate", "brain"):
        write_stub_package(tmp_path / name)
    (tmp_path / "notes").mkdir()
    assert package_paths(tmp_path) == (tmp_path / "brain", tmp_path / "prostate")


def test_a_folder_without_any_is_left_for_the_message_about_it(tmp_path: Path) -> None:
    assert package_paths(tmp_path) == (tmp_path,)
