from __future__ import annotations

import logging
from multiprocessing import Pipe
from pathlib import Path

import pytest
from fakes.stub_segmenter import write_stub_package

from segrelay_worker.inference import process
from segrelay_worker.inference.messages import Job
from segrelay_worker.inference.rehearsal import rehearse
from segrelay_worker.segmenters.package import ModelPackage, load_package


@pytest.fixture
def package(tmp_path: Path) -> ModelPackage:
    return load_package(write_stub_package(tmp_path, labels=("Lesion", "Core")))


@pytest.fixture
def rehearsed(monkeypatch: pytest.MonkeyPatch) -> list[ModelPackage]:
    packages: list[ModelPackage] = []
    monkeypatch.setattr(process, "_SPARE_AFTER_SECONDS", 0.0)
    monkeypatch.setattr(process, "rehearse", packages.append)
    return packages


@pytest.mark.parametrize("kind", ["binary", "fractional", "labelmap"])
def test_a_whole_result_is_written_and_left_nowhere(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    labels, roles = ("Lesion", "Core", "Rim"), ("t1", "flair")
    path = write_stub_package(tmp_path, labels=labels, roles=roles, kind=kind, clean=True)
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    rehearse(load_package(path))
    assert list(scratch.iterdir()) == []


def test_who_waits_for_a_request_rehearses(
    package: ModelPackage, rehearsed: list[ModelPackage]
) -> None:
    ours, _supervisors = Pipe()
    process._use_spare_time(ours, package)  # noqa: SLF001 - its main belongs to a process
    assert rehearsed == [package]


def test_a_request_that_is_there_already_does_not_wait_for_a_rehearsal(
    package: ModelPackage, rehearsed: list[ModelPackage]
) -> None:
    ours, supervisors = Pipe()
    supervisors.send(Job)
    process._use_spare_time(ours, package)  # noqa: SLF001 - likewise
    assert rehearsed == []


def test_a_rehearsal_that_fails_is_told_by_its_place_only(
    package: ModelPackage,
    rehearsed: list[ModelPackage],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fail(_package: ModelPackage) -> None:
        raise ValueError("Hong^Gildong")

    monkeypatch.setattr(process, "rehearse", fail)
    ours, _supervisors = Pipe()
    with caplog.at_level(logging.WARNING):
        process._use_spare_time(ours, package)  # noqa: SLF001 - likewise
    [record] = caplog.records
    assert "ValueError at " in record.fields["reason"]  # type: ignore[attr-defined]
    assert "Gildong" not in str(record.__dict__)
