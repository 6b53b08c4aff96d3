"""When a waiting request will be done, and what it waits for: arithmetic on who works and how long.

The estimate plays the queue forward: each request in turn goes to the worker that is free first
among those that can do it, and keeps it busy for as long as its model usually takes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from segrelay_contract.requests import WaitingFor, WaitingReason


@dataclass(frozen=True)
class OnlineWorker:
    """A worker that can be expected to claim."""

    models: tuple[str, ...]  # those that fit into its memory, in its own order
    too_large: tuple[str, ...]  # those that it offers and has no device for
    labels: frozenset[str]
    busy_seconds: float  # until it is done with what it holds
    usual_seconds: Mapping[str, float]  # by model, of those that were ever measured
    quarantined: tuple[str, ...] = ()  # those that it has and no longer runs

    def model_for(self, wanted: Wanted) -> str | None:
        """Which of its models would do this, if any."""
        if wanted.label and wanted.label not in self.labels:
            return None
        if wanted.model:
            return wanted.model if wanted.model in self.models else None
        return self.models[0] if self.models else None

    def has_quarantined(self, wanted: Wanted) -> bool:
        """Whether it would do this, had the model not come to a bad end each time."""
        return wanted.model in self.quarantined or bool(self.quarantined and not wanted.model)

    def seconds_for(self, wanted: Wanted) -> float | None:
        """How long it usually takes for this, if it can do it and that was ever measured."""
        return self.usual_seconds.get(self.model_for(wanted) or "")


@dataclass(frozen=True)
class Wanted:
    """What a waiting request asks for; empty asks for nothing in particular."""

    model: str
    label: str


def seconds_until_done(
    queue: Sequence[Wanted], workers: Sequence[OnlineWorker]
) -> list[float | None]:
    """For each of these, in the order in which they are handed out; None where nobody knows.

    Of workers that are free at the same moment the first one here is taken.
    """
    free_after = [worker.busy_seconds for worker in workers]
    estimates: list[float | None] = []
    for wanted in queue:
        needed = {
            index: seconds
            for index, worker in enumerate(workers)
            if (seconds := worker.seconds_for(wanted)) is not None
        }
        if not needed:
            estimates.append(None)
            continue
        first = min(needed, key=free_after.__getitem__)
        free_after[first] += needed[first]
        estimates.append(free_after[first])
    return estimates


def waiting_for(wanted: Wanted, workers: Sequence[OnlineWorker], *, ahead: int) -> WaitingFor:
    """Why nobody works on it yet, the reason that has to be mended first."""
    if not workers:
        return WaitingFor(reason=WaitingReason.NO_WORKER_ONLINE)
    if not any(worker.model_for(wanted) for worker in workers):
        return WaitingFor(reason=_obstacle(wanted, workers))
    if ahead:
        return WaitingFor(reason=WaitingReason.REQUESTS_AHEAD, requests_ahead=ahead)
    return WaitingFor(reason=WaitingReason.WORKER)


def _obstacle(wanted: Wanted, workers: Sequence[OnlineWorker]) -> WaitingReason:
    anywhere = Wanted(wanted.model, label="")
    if any(worker.model_for(anywhere) for worker in workers):
        return WaitingReason.NO_WORKER_HAS_LABEL
    if any(worker.has_quarantined(wanted) for worker in workers):
        return WaitingReason.MODEL_QUARANTINED
    if any(wanted.model in worker.too_large for worker in workers):
        return WaitingReason.NO_WORKER_HAS_MEMORY
    return WaitingReason.NO_WORKER_OFFERS_MODEL
