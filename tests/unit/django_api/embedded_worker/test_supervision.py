from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import fakes.kept_worker
import fakes.short_lived_worker
import pytest
from fakes.worker_process import is_running
from integration.polling import until

DJANGO_API = Path(__file__).resolve().parents[4] / "django_api"
Start = Callable[[str], subprocess.Popen[bytes]]


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "log"
    path.touch()
    return path


@pytest.fixture
def start(log: Path) -> Iterator[Start]:
    """Starts the supervision of a worker that behaves as asked."""
    started: list[subprocess.Popen[bytes]] = []

    def start_it(how: str) -> subprocess.Popen[bytes]:
        worker = [sys.executable, fakes.short_lived_worker.__file__, str(log), how]
        process = subprocess.Popen(
            [sys.executable, fakes.kept_worker.__file__, *worker],
            env={**os.environ, "PYTHONPATH": str(DJANGO_API)},
        )
        started.append(process)
        return process

    yield start_it
    for process in started:
        process.kill()
        process.wait()


def pids(log: Path) -> list[int]:
    lines = [line.split() for line in log.read_text().splitlines()]
    return [int(words[1]) for words in lines if words[0] == "started"]


def wait_for_start(log: Path, times: int = 1) -> list[int]:
    return until(lambda: pids(log)[times - 1 :] and pids(log), what=f"{times} starts")


def test_a_worker_that_dies_is_started_again(log: Path, start: Start) -> None:
    start("wait")
    [first] = wait_for_start(log)
    os.kill(first, signal.SIGKILL)
    _, second = wait_for_start(log, times=2)
    assert is_running(second)
    assert not is_running(first)


def test_a_worker_that_dies_at_once_is_started_again_and_again(log: Path, start: Start) -> None:
    process = start("1")
    wait_for_start(log, times=4)
    process.terminate()
    assert process.wait(30) == 0


@pytest.mark.parametrize("status", ["2", "3"])
def test_what_a_new_start_does_not_cure_is_handed_on(log: Path, start: Start, status: str) -> None:
    assert start(status).wait(30) == int(status)
    assert len(pids(log)) == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_reaches_the_worker_and_ends_both(
    log: Path, start: Start, number: signal.Signals
) -> None:
    process = start("wait")
    [worker] = wait_for_start(log)
    process.send_signal(number)
    assert process.wait(30) == 0
    assert log.read_text().endswith(f"heard {number.name}\n")
    assert not is_running(worker)
    assert len(pids(log)) == 1


def test_the_worker_does_not_outlive_a_supervision_that_was_killed(log: Path, start: Start) -> None:
    process = start("wait")
    [worker] = wait_for_start(log)
    process.kill()
    until(lambda: not is_running(worker), what="the worker is gone")
    assert log.read_text().endswith("heard SIGTERM\n")


def test_a_worker_that_does_not_listen_is_killed_in_the_end(log: Path, start: Start) -> None:
    process = start("deaf")
    [worker] = wait_for_start(log)
    process.terminate()
    assert process.wait(30) == 0
    assert "heard SIGTERM\n" in log.read_text()
    assert not is_running(worker)
