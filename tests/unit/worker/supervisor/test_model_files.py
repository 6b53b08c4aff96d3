from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes.stub_segmenter import write_stub_package

from segrelay_worker.supervisor.model_files import stamp_of


def test_a_change_of_any_file_of_the_package_is_seen(tmp_path: Path) -> None:
    weights = write_stub_package(tmp_path / "src")
    seen = {stamp_of(weights)}
    assert stamp_of(weights.parent) == stamp_of(weights)
    (tmp_path / "src" / "fold_0").mkdir()
    for path in (weights, tmp_path / "src" / "model.toml", tmp_path / "src" / "fold_0" / "x.pth"):
        before = len(seen)
        path.write_bytes(b"changed " + path.name.encode())
        seen.add(stamp_of(weights))
        assert len(seen) == before + 1


def test_a_package_that_lies_elsewhere_is_seen_through_its_link(tmp_path: Path) -> None:
    weights = write_stub_package(tmp_path / "elsewhere")
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "brain").symlink_to(tmp_path / "elsewhere")
    before = stamp_of(tmp_path / "models")
    weights.write_bytes(b"changed")
    assert stamp_of(tmp_path / "models") != before


def test_a_folder_that_is_not_there_is_left_to_those_who_read_it(tmp_path: Path) -> None:
    assert stamp_of(tmp_path / "nowhere" / "best_model.pth") == frozenset()


def test_the_same_files_have_the_same_stamp(tmp_path: Path) -> None:
    weights = write_stub_package(tmp_path)
    assert stamp_of(weights) == stamp_of(weights)


def test_a_file_that_goes_while_it_is_looked_at_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "gone").symlink_to(tmp_path / "nowhere")
    assert stamp_of(tmp_path) == frozenset()


def test_a_folder_that_goes_while_it_is_walked_through_is_no_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def walked(folder: Path, _pattern: str) -> Iterator[Path]:
        raise FileNotFoundError(folder / "removed")
        yield folder

    monkeypatch.setattr(Path, "rglob", walked)
    assert stamp_of(tmp_path) == frozenset()
