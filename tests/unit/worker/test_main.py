"""What an operator sees when the worker cannot start."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes.queue_server import FakeQueue
from fakes.worker_process import PYTHONPATH, ROOT, WorkerProcess, stub_settings


@pytest.fixture
def queue() -> Iterator[FakeQueue]:
    with FakeQueue() as queue:
        yield queue


@pytest.fixture
def settings(tmp_path: Path, queue: FakeQueue) -> dict[str, str]:
    return stub_settings(tmp_path, api_url=queue.api_url, orthanc_url="http://127.0.0.1:9")


def test_a_missing_token_ends_it_with_status_2(tmp_path: Path, settings: dict[str, str]) -> None:
    del settings["WORKER_TOKEN"]
    with WorkerProcess(tmp_path, settings) as worker:
        assert worker.exit_status() == 2
        assert "WORKER_TOKEN is not set; expected the token of this worker" in worker.log


def test_a_spool_that_cannot_be_made_ends_it_with_status_2(
    tmp_path: Path, settings: dict[str, str]
) -> None:
    (tmp_path / "file").touch()
    with WorkerProcess(tmp_path, {**settings, "SPOOL_DIR": "file"}) as worker:
        assert worker.exit_status() == 2
        assert "SPOOL_DIR" in worker.log


def test_the_script_of_the_old_guide_starts_the_worker_from_its_folder(tmp_path: Path) -> None:
    script = ROOT / "worker" / "local_inference_worker.py"
    (tmp_path / script.name).write_bytes(script.read_bytes())
    (tmp_path / ".env").write_text("DJANGO_API_URL=http://host/wrong\n", encoding="utf-8")
    ended = subprocess.run(
        [sys.executable, script.name],
        cwd=tmp_path,
        env={"PYTHONPATH": PYTHONPATH},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 2
    assert "DJANGO_API_URL is 'http://host/wrong'" in ended.stderr


def test_the_supervisor_never_imports_what_handles_voxels() -> None:
    code = (
        "import sys, segrelay_worker.__main__;"
        "print(*{'torch', 'numpy', 'pydicom', 'highdicom', 'scipy'} & sys.modules.keys())"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": PYTHONPATH},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    assert ended.stdout.split() == []
