"""How fast many claimers empty the queue on PostgreSQL, beside another queue and a bare statement.

Each side starts with as many pending requests or jobs in a database of its own on one server with
its settings as they come, and has 64 claimers in one process with 8 connections.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

from builders.contract_examples import example
from integration.django_server import WORKER_TOKENS, DjangoServer
from integration.postgres_server import create_database, running_postgres

from bench.claim_side import CLAIMERS
from segrelay_contract import paths

WANTED_RATIO = 2.0
ROOT = Path(__file__).resolve().parents[1]


def run(quick: bool) -> Mapping[str, object]:  # noqa: FBT001 - every benchmark is called so
    """Claims per second by each way, and how many were handed out twice."""
    count = 1_000 if quick else 10_000
    with tempfile.TemporaryDirectory() as folder, _server(Path(folder)) as address:
        fetches = _side("fetches", address, count)
        claims = _side("claims", address, count)
        bare = _side("bare", address, count)
        http = _over_http(Path(folder), address, count // 10)
    ratio = claims["per_second"] / fetches["per_second"]
    complete = claims["taken"] == count and http["taken"] == count // 10
    twice = claims["twice"] + http["twice"]
    return {
        "claims_per_second": round(claims["per_second"]),
        "requests": count,
        "claimers": CLAIMERS,
        "handed_out_twice": twice,
        "against": "procrastinate's fetch of as many jobs, same run",
        "against_per_second": round(fetches["per_second"]),
        "bare_statement_per_second": round(bare["per_second"]),
        "share_of_bare_statement": round(claims["per_second"] / bare["per_second"], 2),
        "http_claims_per_second": round(http["per_second"]),
        "ratio": round(ratio, 2),
        "ok": complete and not twice and ratio >= WANTED_RATIO,
    }


@contextmanager
def _server(folder: Path) -> Iterator[str]:
    with running_postgres(folder / "postgres") as address:
        yield address


def _side(name: str, address: str, count: int) -> dict[str, Any]:
    url = create_database(address, name)
    done = subprocess.run(
        [sys.executable, "-m", "bench.claim_side", name, url, str(count)],
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
    _side("fill", address, count)
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
