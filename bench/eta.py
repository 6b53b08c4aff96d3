"""How far `eta_seconds` is from the truth: told at each press of a run, compared when it is over.

Real parts: Orthanc, Django on uvicorn with SQLite, presses and claims over HTTP. Only the work is
played: workers of different speeds take as long as their model does, which varies. Presses come in
bursts, somewhat slower than the workers can go, so that the queue is long at times and empty at
others. What the queue could not estimate counts as wholly wrong.
"""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from uuid import UUID

from builders.mr_series import build_series
from integration.django_server import DjangoServer
from integration.orthanc_server import OrthancServer
from integration.polling import until
from integration.queue_api import QueueApi
from integration.system import System
from integration.unique_series import unique

from bench.played_workers import MODEL_SECONDS, PlayedWorker, playing, tokens
from segrelay_contract import paths
from segrelay_contract.requests import RequestList, RequestView

LARGEST_MEDIAN_ERROR = 0.25
LONGEST_BURST = 8
PAUSE_SECONDS_PER_PRESS = 0.22  # the workers could keep up with 0.2
LONGEST_PAGE = "500"

WORKERS = (
    PlayedWorker("both-1", ("brain", "prostate"), 1.0),
    PlayedWorker("both-2", ("prostate", "brain"), 1.0),
    PlayedWorker("slow", ("brain", "prostate"), 2.5),
    PlayedWorker("brain-only", ("brain",), 1.0),
)


@dataclass(frozen=True)
class Look:
    """What was said of a request, and when."""

    request_id: UUID
    at: datetime
    eta_seconds: float | None


def run(quick: bool) -> Mapping[str, object]:  # noqa: FBT001 - every benchmark is called so
    """Median of |estimated - true| / true seconds until done, at the press and while it waits."""
    with tempfile.TemporaryDirectory() as folder, _system(Path(folder)) as system:
        series_id = system.send(build_series(unique()))
        with playing(system.django, WORKERS), system.django.api() as front_end:
            _let_models_be_known(front_end, series_id)
            at_press, later = _press_and_look(front_end, series_id, 40 if quick else 100)
            ended = {view.request_id: view for view in front_end.requests(limit=LONGEST_PAGE)}
    error = _median_error(at_press, ended)
    against = _median_error([_as_the_last_one(look, ended) for look in at_press], ended)
    return {
        "median_error": round(error, 3),
        "median_error_while_waiting": round(_median_error(later, ended), 3),
        "presses": len(at_press),
        "not_estimated": sum(look.eta_seconds is None for look in at_press),
        "against": "as long as the last one of the same model took from its press, same run",
        "against_median_error": round(against, 3),
        "ratio": round(against / error, 2),
        "ok": error < LARGEST_MEDIAN_ERROR,
    }


@contextmanager
def _system(folder: Path) -> Iterator[System]:
    with OrthancServer(folder / "orthanc", with_plugin=False) as archive:
        environment = {"WORKER_TOKENS": tokens(WORKERS)}
        django = DjangoServer(
            folder / "django", archive.url, archive.django, environment=environment
        )
        with django:
            yield System(folder, archive, django)


def _let_models_be_known(front_end: QueueApi, series_id: str) -> None:
    """One request of each: of a model that never ran the queue says nothing."""
    for number, model in enumerate(MODEL_SECONDS):
        first = front_end.press(series_id, model=model, threshold=0.9 + number / 100)
        front_end.wait_for_end(first.request_id)


def _press_and_look(
    front_end: QueueApi, series_id: str, presses: int
) -> tuple[list[Look], list[Look]]:
    """What was said at each press, and of what still waited after each burst; all have ended."""
    at_press: list[Look] = []
    later: list[Look] = []
    while len(at_press) < presses:
        burst = min(random.randint(1, LONGEST_BURST), presses - len(at_press))  # noqa: S311 - no secret
        for _ in range(burst):
            at_press.append(_press(front_end, series_id, number=len(at_press)))
        time.sleep(burst * PAUSE_SECONDS_PER_PRESS * random.uniform(0, 2))  # noqa: S311 - likewise
        later.extend(_look(front_end))
    until(lambda: not _look(front_end), what="the queue is empty")
    for look in at_press:
        front_end.wait_for_end(look.request_id)
    return at_press, later


def _press(front_end: QueueApi, series_id: str, *, number: int) -> Look:
    """Work of its own, because its threshold is."""
    model = random.choice(list(MODEL_SECONDS))  # noqa: S311 - likewise
    at = datetime.now(UTC)
    answer = front_end.press(series_id, model=model, threshold=number / 1000)
    return Look(answer.request_id, at, answer.eta_seconds)


def _look(front_end: QueueApi) -> list[Look]:
    at = datetime.now(UTC)
    waiting = RequestList.model_validate(front_end.get(paths.PENDING_REQUESTS).json())
    return [Look(view.request_id, at, view.eta_seconds) for view in waiting.requests]


def _as_the_last_one(look: Look, ended: Mapping[UUID, RequestView]) -> Look:
    """What somebody would guess who only saw the latest result."""
    model = ended[look.request_id].model
    before = [view for view in ended.values() if view.model == model and _end(view) < look.at]
    last = max(before, key=_end)
    return Look(look.request_id, look.at, (_end(last) - last.created_at).total_seconds())


def _median_error(looks: Iterable[Look], ended: Mapping[UUID, RequestView]) -> float:
    return median(_error(look, ended[look.request_id]) for look in looks)


def _error(look: Look, ended: RequestView) -> float:
    if look.eta_seconds is None:
        return 1.0
    true_seconds = (_end(ended) - look.at).total_seconds()
    return abs(look.eta_seconds - true_seconds) / true_seconds


def _end(view: RequestView) -> datetime:
    if view.finished_at is None:
        raise ValueError("only what has ended has an end")
    return view.finished_at
