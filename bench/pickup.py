"""How soon an idle worker holds a new request: from its commit to the claim's answer.

Real parts: Orthanc, Django on uvicorn with SQLite, a claimer over HTTP. The clock starts at the
request's `created_at`, which the queue takes right before it commits, and stops when the claimer
has read the answer; all run on one machine, so it is one clock.
"""

from __future__ import annotations

import math
import random
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from queue import Queue
from statistics import median
from uuid import uuid4

from builders.contract_examples import example
from builders.mr_series import build_series
from integration.django_server import WORKER_TOKENS
from integration.orthanc_server import OrthancServer
from integration.queue_api import QueueApi
from integration.system import System, django_for
from integration.unique_series import unique

from segrelay_contract import paths
from segrelay_contract.error_codes import ErrorCode
from segrelay_contract.leases import ClaimAnswer
from segrelay_contract.results import FailureBody

LIMIT_SECONDS = 0.2
POLL_SECONDS = 1.0
LONG_POLL_SECONDS = 25.0


@dataclass(frozen=True)
class Way:
    """How a worker looks for work."""

    wait_seconds: float  # of the server, per claim
    pause_seconds: float  # of the worker, after an empty answer
    rounds: int


def run(quick: bool) -> Mapping[str, object]:  # noqa: FBT001 - every benchmark is called so
    """Seconds from commit to claim, by long poll and by polling every second."""
    rounds = 10 if quick else 50
    with tempfile.TemporaryDirectory() as folder, _archive(Path(folder)) as archive:
        django = django_for(archive, Path(folder) / "django")
        with django:
            press = _pressing(System(Path(folder), archive, django))
            waiting = _measure(django.api, press, Way(LONG_POLL_SECONDS, 0.0, rounds))
            polling = _measure(django.api, press, Way(0.0, POLL_SECONDS, rounds // 2))
    p99 = percentile(waiting, 0.99)
    return {
        "p50_seconds": round(median(waiting), 4),
        "p99_seconds": round(p99, 4),
        "rounds": rounds,
        "against": "a worker that polls every second, same run",
        "against_p50_seconds": round(median(polling), 4),
        "ratio": round(median(polling) / median(waiting), 1),
        "ok": p99 < LIMIT_SECONDS,
    }


def percentile(values: list[float], share: float) -> float:
    """The smallest value that this share of all values does not exceed."""
    return sorted(values)[math.ceil(share * len(values)) - 1]


def _archive(folder: Path) -> OrthancServer:
    return OrthancServer(folder / "orthanc", with_plugin=False)


def _pressing(system: System) -> Callable[[], None]:
    series_id = system.send(build_series(unique()))
    api = system.django.api()
    return lambda: _press_anew(api, series_id)


def _press_anew(api: QueueApi, series_id: str) -> None:
    if api.press(series_id).deduplicated:
        raise RuntimeError("the request of the round before has not ended")


def _measure(
    connect: Callable[[str], QueueApi], press: Callable[[], None], way: Way
) -> list[float]:
    """One request at a time, each pressed while the worker has nothing to do."""
    answered: Queue[float] = Queue()
    done = threading.Event()
    worker = threading.Thread(
        target=_claim_until_done, args=(connect(WORKER_TOKENS["lab1"]), way, answered, done)
    )
    worker.start()
    seconds = []
    try:
        for _ in range(way.rounds):
            # The worker settles into its wait; a poller is met at any point of its pause.
            time.sleep(0.1 + random.uniform(0, way.pause_seconds))  # noqa: S311 - no secret
            press()
            seconds.append(answered.get(timeout=30))
    finally:
        done.set()
        press()  # ends the last long poll
        worker.join()
    return seconds


def _claim_until_done(
    api: QueueApi, way: Way, answered: Queue[float], done: threading.Event
) -> None:
    while not done.is_set():
        body = example("claim-body") | {
            "claim_id": str(uuid4()),
            "wait_seconds": way.wait_seconds,
        }
        answer = api.post(paths.CLAIM, body)
        received_at = datetime.now(UTC)
        if answer.status_code == HTTPStatus.NO_CONTENT:
            time.sleep(way.pause_seconds)
            continue
        claimed = ClaimAnswer.model_validate(answer.json())
        _end(api, claimed)
        answered.put((received_at - claimed.request.created_at).total_seconds())


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
