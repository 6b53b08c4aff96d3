from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import fakes.short_lived_worker
import pytest
from integration.polling import until

MANAGE = Path(__file__).resolve().parents[4] / "django_api" / "manage.py"
COMMAND = [sys.executable, str(MANAGE), "run_embedded_worker"]


def environment(**changes: str) -> dict[str, str]:
    known = {"PATH": os.environ["PATH"], "DJANGO_SECRET_KEY": "secret", "LANG": "C.UTF-8"}
    return {**known, "USE_LOCAL_INFERENCE": "false", **changes}


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"USE_LOCAL_INFERENCE": "true"}, "Set it to false to run a worker here."),
        ({"EMBEDDED_WORKER_COMMAND": "/no/such/worker"}, "Install segrelay-worker"),
    ],
)
def test_what_keeps_it_from_running_is_a_sentence(changes: dict[str, str], sentence: str) -> None:
    ended = subprocess.run(
        COMMAND, env=environment(**changes), check=False, capture_output=True, text=True
    )
    assert ended.returncode == 1
    assert sentence in ended.stderr
    assert "Traceback" not in ended.stderr


def test_it_runs_the_command_of_the_environment_without_djangos_secrets(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.touch()
    worker = shlex.join([sys.executable, fakes.short_lived_worker.__file__, str(log), "wait"])
    with subprocess.Popen(COMMAND, env=environment(EMBEDDED_WORKER_COMMAND=worker)) as process:
        try:
            until(lambda: "started" in log.read_text(), what="the worker runs")
            process.send_signal(signal.SIGTERM)
            assert process.wait(30) == 0
        finally:
            process.kill()
    assert log.read_text().splitlines()[0].endswith(" clean")
