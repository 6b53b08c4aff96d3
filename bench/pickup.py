"""How soon one of ten idle workers holds a new request: from its commit to the claim's answer.

Real parts: Orthanc, Django on uvicorn, presses and claims over HTTP, with each database. The clock
starts in Django right after the commit and stops when the claimer has read the answer; all run on
one machine, so it is one clock. The whole press, with its look at Orthanc and its checks, is
measured beside it, from the call to the answer.
"""

from __future__ import annotations

import math
import random
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from queue import Queue
from statistics import median
from typing import Any
from uuid import UUID, uuid4

import requests
from builders.mr_series import build_series
from integration.django_server import WORKER_TOKENS, DjangoServer
from integration.orthanc_server import OrthancServer
from integration.postgres_server import create_database, running_postgres
from integration.queue_api import QueueApi
from integration.system import System
from integration.unique_series import unique

from segrelay_contract import paths
from segrelay_contract.error_codes import ErrorCode
from segrelay_contract.examples import example
from segrelay_contract.leases import ClaimAnswer
from segrelay_contract.results import FailureBody

ROOT = Path(__file__).resolve().parents[1]
WORKERS = 10
LARGEST_P50_SECONDS = 0.020
LARGEST_P99_SECONDS = 0.100
POLL_SECONDS = 1.0
LONG_POLL_SECONDS = 25.0
LONGEST_SECONDS = 30.0  # then something is wrong


@dataclass(frozen=True)
class Way:
    """How a worker looks for work."""

    wait_seconds: float  # of the server, per claim
    pause_seconds: float  # of the worker, after an empty answer


LONG_POLL = Way(LONG_POLL_SECONDS, 0.0)
POLLING = Way(0.0, POLL_SECONDS)


@dataclass(frozen=True)
class Times:
    """Of all rounds, in seconds."""

    pickups: list[float]
    presses: list[float]


@dataclass(frozen=True)
class Host:
    """A web host, a series that can be pressed, and what was committed when."""

    django: DjangoServer
    series_id: str
    commits: Path

    def committed_at(self, request_id: UUID) -> float:
        """Seconds since 1970."""
        lines = reversed(self.commits.read_text(encoding="utf-8").splitlines())
        return next(float(at) for known, at in map(str.split, lines) if known == str(request_id))


def run(quick: bool) -> Mapping[str, object]:  # noqa: FBT001 - every benchmark is called so
    """Seconds from commit to claim on each database, and those of workers that poll."""
    rounds = 30 if quick else 300
    with (
        tempfile.TemporaryDirectory() as name,
        OrthancServer(Path(name) / "orthanc", with_plugin=False) as archive,
    ):
        folder = Path(name)
        with _host(archive, folder / "sqlite", {}) as host:
            polling = _measure(host, POLLING, rounds // 10)
        with _host(archive, folder / "sqlite", {}) as host:
            sqlite = _measure(host, LONG_POLL, rounds)
        with running_postgres(folder / "postgres") as address:
            url = {"DATABASE_URL": create_database(address, "segrelay")}
            with _host(archive, folder / "django", url) as host:
                postgres = _measure(host, LONG_POLL, rounds)
    return {
        **_figures("sqlite", sqlite),
        **_figures("postgres", postgres),
        "rounds": rounds,
        "workers": WORKERS,
        "against": f"as many workers that poll every {POLL_SECONDS:.0f} s, on SQLite, same run",
        "against_p50_seconds": round(median(polling.pickups), 4),
        "ratio": round(median(polling.pickups) / median(sqlite.pickups), 1),
        "ok": _holds(sqlite) and _holds(postgres),
    }


def _figures(database: str, times: Times) -> dict[str, float]:
    return {
        f"{database}_p50_seconds": round(median(times.pickups), 4),
        f"{database}_p99_seconds": round(percentile(times.pickups, 0.99), 4),
        f"{database}_press_p50_seconds": round(median(times.presses), 4),
        f"{database}_press_p99_seconds": round(percentile(times.presses, 0.99), 4),
    }


def _holds(times: Times) -> bool:
    p99 = percentile(times.pickups, 0.99)
    return median(times.pickups) <= LARGEST_P50_SECONDS and p99 <= LARGEST_P99_SECONDS


def percentile(values: list[float], share: float) -> float:
    """The smallest value that this share of all values does not exceed."""
    return sorted(values)[math.ceil(share * len(values)) - 1]


@contextmanager
def _host(archive: OrthancServer, folder: Path, database: Mapping[str, str]) -> Iterator[Host]:
    commits = folder / "commits"
    environment = {"PYTHONPATH": str(ROOT), "COMMITS_FILE": str(commits), **database}
    django = DjangoServer(
        folder,
        archive.url,
        archive.django,
        environment=environment,
        application="bench.pickup_host:application",
    )
    with django:
        series_id = System(folder, archive, django).send(build_series(unique()))
        yield Host(django, series_id, commits)


def _measure(host: Host, way: Way, rounds: int) -> Times:
    """One request at a time, each pressed while at least nine workers have nothing to do."""
    times = Times([], [])
    with _idle_workers(host.django, way) as claimed, host.django.api() as front_end:
        for _ in range(rounds):
            time.sleep(random.uniform(0, way.pause_seconds))  # noqa: S311 - meets a poller anywhere
            pressed_at = time.time()
            request_id = _press(front_end, host.series_id)
            times.presses.append(time.time() - pressed_at)
            claimed_id, answered_at = claimed.get(timeout=LONGEST_SECONDS)
            if claimed_id != request_id:
                raise RuntimeError("another request was claimed than the one that was pressed")
            times.pickups.append(answered_at - host.committed_at(request_id))
    return times


def _press(api: QueueApi, series_id: str) -> UUID:
    pressed = api.press(series_id)
    if pressed.deduplicated:
        raise RuntimeError("the request of the round before has not ended")
    return pressed.request_id


@contextmanager
def _idle_workers(django: DjangoServer, way: Way) -> Iterator[Queue[tuple[UUID, float]]]:
    """What they claimed, and when they had the answer; they end with the server."""
    claimed: Queue[tuple[UUID, float]] = Queue()
    done = threading.Event()
    for _ in range(WORKERS):
        api = django.api(WORKER_TOKENS["lab1"])
        worker = threading.Thread(
            target=_claim_until_done, args=(api, way, claimed, done), daemon=True
        )
        worker.start()
    time.sleep(1.0)  # all wait
    try:
        yield claimed
    finally:
        done.set()


def _claim_until_done(
    api: QueueApi, way: Way, claimed: Queue[tuple[UUID, float]], done: threading.Event
) -> None:
    while not done.is_set():
        try:
            answer = api.post(paths.CLAIM, _claim_body(way))
        except requests.ConnectionError:
            return  # the server ended, and the wait with it
        answered_at = time.time()
        if done.is_set():
            return
        if answer.status_code == HTTPStatus.NO_CONTENT:
            time.sleep(way.pause_seconds)
            continue
        got = ClaimAnswer.model_validate(answer.json())
        _end(api, got)
        claimed.put((got.request.request_id, answered_at))


def _claim_body(way: Way) -> dict[str, Any]:
    return example("claim-body") | {"claim_id": str(uuid4()), "wait_seconds": way.wait_seconds}


def _end(api: QueueApi, claimed: ClaimAnswer) -> None:
    """As failed, so that the same series can be pressed again."""
    body = FailureBody(
        success=False,
        lease_token=claimed.lease.token,
        error_code=ErrorCode.MODEL_FAILED,
        retryable=False,
    )
    path = paths.complete_request(claimed.request.request_id)
    api.post(path, body.model_dump(mode="json")).raise_for_status()
