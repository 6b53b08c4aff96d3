"""How fast many claimers empty the queue on PostgreSQL, beside another queue and a bare statement.

Each side starts with as many pending requests or jobs in a database of its own on one server with
its settings as they come, and has 64 claimers in one process with 8 connections. The sides take
turns, and the medians count: a machine is not equally fast from one minute to the next.
Both are measured just filled, which is the moment of a burst, and after ANALYZE, without which
procrastinate's plan reads all the jobs for each.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any
from uuid import uuid4

from integration.django_server import WORKER_TOKENS, DjangoServer
from integration.postgres_server import create_database, running_postgres

from bench.claim_side import CLAIMERS
from segrelay_contract import paths
from segrelay_contract.examples import example

WANTED_RATIO = 2.0
ROUNDS = 3
SIDES = ("fetches", "claims", "fetches analyzed", "claims analyzed", "bare analyzed")
ROOT = Path(__file__).resolve().parents[1]


def run(quick: bool) -> Mapping[str, object]:  # noqa: FBT001 - every benchmark is called so
    """Claims per second by each way, and how many were handed out twice."""
    count = 1_000 if quick else 10_000
    with tempfile.TemporaryDirectory() as folder, _server(Path(folder)) as address:
        rounds = [_round(address, number, count) for number in range(ROUNDS)]
        http = _over_http(Path(folder), address, count // 10)
    claims = [each[side] for each in rounds for side in ("claims", "claims analyzed")]
    complete = all(each["taken"] == count for each in claims) and http["taken"] == count // 10
    twice = sum(each["twice"] for each in [*claims, http])
    per_second = {side: median(each[side]["per_second"] for each in rounds) for side in SIDES}
    ratio = _ratio(rounds, "claims", "fetches")
    return {
        "claims_per_second": round(per_second["claims"]),
        "requests": count,
        "rounds": ROUNDS,
        "claimers": CLAIMERS,
        "handed_out_twice": twice,
        "against": "procrastinate's fetch of as many jobs just deferred, in turns",
        "against_per_second": round(per_second["fetches"]),
        "analyzed_claims_per_second": round(per_second["claims analyzed"]),
        "analyzed_against_per_second": round(per_second["fetches analyzed"]),
        "analyzed_ratio": round(_ratio(rounds, "claims analyzed", "fetches analyzed"), 2),
        "bare_statement_per_second": round(per_second["bare analyzed"]),
        "share_of_bare_statement": round(
            per_second["claims analyzed"] / per_second["bare analyzed"], 2
        ),
        "http_claims_per_second": round(http["per_second"]),
        "ratio": round(ratio, 2),
        "ok": complete and not twice and ratio >= WANTED_RATIO,
    }


Round = Mapping[str, Mapping[str, Any]]


def _ratio(rounds: Sequence[Round], side: str, against: str) -> float:
    ratios: list[float] = [
        each[side]["per_second"] / each[against]["per_second"] for each in rounds
    ]
    return median(ratios)


def _round(address: str, number: int, count: int) -> Round:
    """Every side once, each time with another one first."""
    first = number % len(SIDES)
    order = SIDES[first:] + SIDES[:first]
    return {
        side: _side(side, f"{side}_{number}".replace(" ", "_"), address, count) for side in order
    }


@contextmanager
def _server(folder: Path) -> Iterator[str]:
    with running_postgres(folder / "postgres") as address:
        yield address


def _side(side: str, database: str, address: str, count: int) -> dict[str, Any]:
    url = create_database(address, database)
    done = subprocess.run(
        [sys.executable, "-m", "bench.claim_side", *side.split(), url, str(count)],
        env={
            **os.environ,
            "DATABASE_URL": url,
            "DJANGO_SETTINGS_MODULE": "segrelay_api.settings",
        },
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    figures: dict[str, Any] = json.loads(done.stdout)
    return figures


def _over_http(folder: Path, address: str, count: int) -> dict[str, Any]:
    """The whole call of a worker, token and JSON included; callers share the machine with it."""
    _side("fill analyzed", "fill", address, count)
    settings = {"DATABASE_URL": f"{address}/fill"}
    nowhere = "http://127.0.0.1:9"  # the archive is not asked
    taken: list[str] = []
    with DjangoServer(folder / "django", nowhere, ("", ""), 3600, settings) as django:

        def claim_until_empty() -> None:
            with django.api(WORKER_TOKENS["lab1"]) as api:
                while (answer := api.post(paths.CLAIM, _claim_body())).status_code == 200:  # noqa: PLR2004 - OK
                    taken.append(answer.json()["request"]["request_id"])

        threads = [threading.Thread(target=claim_until_empty) for _ in range(CLAIMERS)]
        started_at = time.perf_counter()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        seconds = time.perf_counter() - started_at
    return {
        "taken": len(taken),
        "twice": len(taken) - len(set(taken)),
        "per_second": len(taken) / seconds,
    }


def _claim_body() -> dict[str, Any]:
    body = example("claim-body")
    [offer] = body["models"]
    return body | {
        "claim_id": str(uuid4()),
        "models": [offer | {"name": "brain", "digest": "d" * 64}],  # as in the requests
        "wait_seconds": 0,
    }
