from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from builders.mr_series import SeriesPlan, build_series, write_series
from fakes.stub_segmenter import write_stub_package
from fakes.worker_process import PYTHONPATH, STUB_FORMATS

from segrelay_worker.__main__ import main
from segrelay_worker.commands import segment

PLAN = SeriesPlan(shape_zyx=(5, 12, 10), spacing_zyx_mm=(12.0, 8.0, 9.0))
PROGRAM = (
    "import sys; from segrelay_worker.__main__ import main;"
    f"sys.exit(main(formats={STUB_FORMATS!r}))"
)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (["--threshold", "2"], "expected a number from 0 to 1"),
        (["--device", "gpu"], "expected cpu, cuda"),
        (["--format", "png"], "choose from"),
        ([], "-o/--out"),
    ],
)
def test_wrong_use_ends_with_status_2_and_says_what_is_expected(
    wrong: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["segment", "images", *wrong])
    assert ended.value.code == 2
    assert said in capsys.readouterr().err


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_series(build_series(PLAN), tmp_path / "images")
    write_stub_package(tmp_path / "src")
    return tmp_path


def test_the_program_segments_a_folder(folder: Path) -> None:
    series = f"t1={PLAN.uid(2)}"
    ended = _program("segment", "images", "-o", "out", "--series", series, folder=folder)
    assert (ended.returncode, ended.stderr.count("\n")) == (0, 2)
    assert f"Lesion: {PLAN.truth_zyx.sum() * 12 * 8 * 9 / 1000:.2f} ml" in ended.stdout
    assert (folder / "out" / "seg.dcm").exists()


def test_what_cannot_be_done_ends_with_status_2_and_a_sentence(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # These two change the process for good, and here it is that of the tests.
    monkeypatch.setattr(segment, "configure_logs", lambda _level: None)
    monkeypatch.setattr(segment, "keep_freed_memory", lambda: None)
    images, out = str(folder / "images"), str(folder / "src")
    assert main(["segment", images, "-o", out]) == 2
    assert main(["segment", images, "-o", str(folder / "new"), "--model", images]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    first, second = shown.err.splitlines()
    assert first.startswith("❌ 분할하지 못함 (not segmented): ")
    assert first.endswith("Name a new folder.")
    assert "model.toml cannot be read" in second


def _program(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": PYTHONPATH, "LANG": "C.UTF-8"}
    return subprocess.run(
        [sys.executable, "-c", PROGRAM, *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
