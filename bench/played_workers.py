"""Workers that claim and report over HTTP, and only take the time in between."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from uuid import uuid4

from integration.django_server import DjangoServer

from segrelay_contract import paths
from segrelay_contract.examples import example
from segrelay_contract.leases import ClaimAnswer

MODEL_SECONDS = {"brain": 0.3, "prostate": 0.9}
JITTER = 0.3  # of a model's seconds, to both sides
CLAIM_SECONDS = 1.0  # how long a claim waits, and so how long the end of a run takes


@dataclass(frozen=True)
class PlayedWorker:
    """Takes `slowness` times as long as the models' seconds."""

    name: str
    models: tuple[str, ...]
    slowness: float

    @property
    def token(self) -> str:
        """Under which the queue knows it."""
        return f"token-of-{self.name}-000000"

    def seconds_for(self, model: str) -> float:
        """Of one request; never twice the same."""
        jitter = random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311 - no secret
        return MODEL_SECONDS[model] * self.slowness * jitter


def tokens(workers: Sequence[PlayedWorker]) -> str:
    """As the setting WORKER_TOKENS lists them."""
    return ",".join(f"{worker.name}={worker.token}" for worker in workers)


@contextmanager
def playing(django: DjangoServer, workers: Sequence[PlayedWorker]) -> Iterator[None]:
    """They work for as long as the block lasts; what went wrong with one is raised at its end."""
    over = threading.Event()
    with ThreadPoolExecutor(max_workers=len(workers)) as pool:
        parts = [pool.submit(_play, django, worker, over) for worker in workers]
        try:
            yield
        finally:
            over.set()
    for part in parts:
        part.result()


def _play(django: DjangoServer, worker: PlayedWorker, over: threading.Event) -> None:
    with django.api(worker.token) as api:
        while not over.is_set():
            answer = api.post(paths.CLAIM, _claim(worker))
            answer.raise_for_status()
            if answer.status_code == HTTPStatus.NO_CONTENT:
                continue
            claimed = ClaimAnswer.model_validate(answer.json())
            time.sleep(worker.seconds_for(claimed.request.model))
            report = example("completion-body-success") | {"lease_token": claimed.lease.token}
            path = paths.complete_request(claimed.request.request_id)
            api.post(path, report).raise_for_status()


def _claim(worker: PlayedWorker) -> dict[str, Any]:
    body = example("claim-body")
    [offer] = body["models"]
    offers = [offer | {"name": model} for model in worker.models]
    return body | {"claim_id": str(uuid4()), "models": offers, "wait_seconds": CLAIM_SECONDS}
