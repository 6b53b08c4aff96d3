"""Runs seeds in processes that may die of them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = ("-W", "ignore", "-m", "fuzz.core_side")
PYTHONPATH = os.pathsep.join(str(ROOT / part) for part in ("contract", "worker", "tests"))


@dataclass(frozen=True)
class Ended:
    """How a series went through the core; `fault` is empty where that is allowed."""

    seed: int
    end: str
    fault: str


def run_seeds(first: int, count: int) -> Iterator[Ended]:
    """A new process goes on after a seed that ended one."""
    seed = first
    while seed < first + count:
        process = _process(seed, first + count - seed)
        for line in process.stdout.splitlines():
            ended = Ended(**json.loads(line))
            yield ended
            seed = ended.seed + 1
        if seed < first + count:
            yield Ended(seed, _death(process.returncode), process.stderr[-2000:] or "no word")
            seed += 1


def _process(first: int, count: int) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *PROGRAM, str(first), str(count)],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": PYTHONPATH, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


def _death(status: int) -> str:
    return f"killed by {signal.Signals(-status).name}" if status < 0 else f"exit status {status}"
