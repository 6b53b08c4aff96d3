"""Whether millions of past requests slow down what is done all day, on both databases.

The same calls of services and selectors, first with 1,000 finished requests in the table, then
with 1,000,000. The two tables stand side by side and are asked in turn, so that what else the
machine does weighs on both alike; a ratio is the median of five, not one hiccup.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

from integration.postgres_server import create_database, running_postgres

ROOT = Path(__file__).resolve().parents[1]
WORST_RATIO = 1.5
FEW = 1_000
PARTS = 5


def run(quick: bool) -> Mapping[str, object]:  # noqa: FBT001 - every benchmark is called so
    """The worst ratio of all calls, and every call's own."""
    many = 50_000 if quick else 1_000_000
    rounds = 20 if quick else 100  # in each part
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        ratios = _ratios("sqlite", _files(folder), many, rounds)
        with running_postgres(folder / "postgres", fsync="off") as address:
            few = create_database(address, "few")
            ratios |= _ratios("postgres", (few, create_database(address, "many")), many, rounds)
    worst = max(ratios.values())
    return {
        **ratios,
        "finished": many,
        "against": f"the same with {FEW} finished requests, same run",
        "ratio": worst,
        "ok": worst <= WORST_RATIO,
    }


def _files(folder: Path) -> tuple[str, str]:
    return f"sqlite:///{folder}/few.sqlite3", f"sqlite:///{folder}/many.sqlite3"


def _ratios(database: str, urls: tuple[str, str], many: int, rounds: int) -> dict[str, float]:
    """Of the calls' p99, the median over all parts."""
    with _asked(urls[0], FEW) as few, _asked(urls[1], many) as lots:
        parts = [_ratios_of_a_part(few, lots, rounds) for _ in range(PARTS)]
    return {
        f"{database}_{call}": round(median(part[call] for part in parts), 2) for call in parts[0]
    }


def _ratios_of_a_part(few: _Table, lots: _Table, rounds: int) -> dict[str, float]:
    seconds: tuple[dict[str, list[float]], dict[str, list[float]]] = ({}, {})
    for _ in range(rounds):
        for side, table in enumerate((few, lots)):
            for call, took in table.ask().items():
                seconds[side].setdefault(call, []).append(took)
    return {call: _p99(seconds[1][call]) / _p99(seconds[0][call]) for call in seconds[0]}


def _p99(values: list[float]) -> float:
    return sorted(values)[int(0.99 * (len(values) - 1))]


class _Table:
    """A process that works on one table; each line it is sent is one round."""

    def __init__(self, url: str, finished: int) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "bench.claim_growth_side", str(finished)],
            env={
                **os.environ,
                "DATABASE_URL": url,
                "DJANGO_SETTINGS_MODULE": "segrelay_api.settings",
            },
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def ask(self) -> dict[str, Any]:
        """Seconds of each call."""
        if self.process.stdin is None or self.process.stdout is None:
            raise RuntimeError("started with pipes")
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        seconds: dict[str, Any] = json.loads(self.process.stdout.readline())
        return seconds


@contextmanager
def _asked(url: str, finished: int) -> Iterator[_Table]:
    table = _Table(url, finished)
    try:
        yield table
    finally:
        table.process.communicate()
