from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from segrelay_worker.ways.known_choice import (
    choice_folder,
    keep_choice,
    known_choice,
    machine_key,
)

MACHINE = ["torch 2", "cpu", "4"]


def _folder(cache: Path, digest: str = "a", machine: list[str] = MACHINE) -> Path:
    return choice_folder(cache, model="brain", digest=digest, machine=machine)


def test_a_choice_that_was_kept_is_known(tmp_path: Path) -> None:
    assert known_choice(_folder(tmp_path)) is None
    keep_choice(_folder(tmp_path), way="channels_last", dice=0.9999, seconds=1.5)
    assert known_choice(_folder(tmp_path)) == "channels_last"


def test_another_package_or_machine_is_tried_anew(tmp_path: Path) -> None:
    keep_choice(_folder(tmp_path), way="channels_last", dice=1.0, seconds=1.0)
    assert known_choice(_folder(tmp_path, digest="b")) is None
    assert known_choice(_folder(tmp_path, machine=["torch 3", "cpu", "4"])) is None


@pytest.mark.parametrize("torn", ["", "{", "[]", "{}"])
def test_a_torn_file_is_no_choice(tmp_path: Path, torn: str) -> None:
    (_folder(tmp_path) / "choice.json").write_text(torn, encoding="utf-8")
    assert known_choice(_folder(tmp_path)) is None


def test_the_oldest_make_room_for_new_ones(tmp_path: Path) -> None:
    made = [_folder(tmp_path, digest=str(number)) for number in range(4)]
    for age, folder in enumerate(reversed(made), start=1):
        os.utime(folder, (-age * 60, -age * 60))
    last = _folder(tmp_path, digest="last")
    assert {folder.name for folder in last.parent.iterdir()} == {
        folder.name for folder in (*made[1:], last)
    }


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("torch.get_num_threads", lambda: 1000),
        ("segrelay_worker.ways.known_choice.version", lambda _name: "0.0"),
        ("segrelay_worker.ways.known_choice._device_name", lambda _device: "another processor"),
    ],
)
def test_versions_processor_and_threads_make_a_machine(
    monkeypatch: pytest.MonkeyPatch, name: str, other: Callable[..., object]
) -> None:
    key = machine_key("cpu")
    assert machine_key("cpu") == key
    monkeypatch.setattr(name, other)
    assert machine_key("cpu") != key
