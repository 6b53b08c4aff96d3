"""How long each model usually takes on each worker, measured at every completion."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from statistics import fmean

from segrelay_api.queue.models import ModelTiming, SegmentationRequest

# The mean of all at first; later it follows a change within a few, and forgives an outlier.
LEAST_WEIGHT_OF_LATEST = 0.2


@dataclass(frozen=True)
class UsualSeconds:
    """Of what was completed until now."""

    by_worker_and_model: Mapping[tuple[str, str], float]
    by_model: Mapping[str, float]

    def on(self, worker: str, model: str) -> float | None:
        """What this worker needs; what others do, where it never completed one."""
        return self.by_worker_and_model.get((worker, model), self.by_model.get(model))


def record(request: SegmentationRequest, *, now: datetime) -> None:
    """Takes the time from claim to completion into the running mean of its worker and model."""
    if request.started_at is None or not request.model:
        return
    seconds = (now - request.started_at).total_seconds()
    timing, is_first = ModelTiming.objects.select_for_update().get_or_create(
        worker=request.worker,
        model=request.model,
        defaults={"usual_seconds": seconds, "measured": 1},
    )
    if not is_first:
        timing.measured += 1
        weight = max(1 / timing.measured, LEAST_WEIGHT_OF_LATEST)
        timing.usual_seconds += weight * (seconds - timing.usual_seconds)
        timing.save()


def usual_seconds() -> UsualSeconds:
    """What is known; a model that never completed is not there."""
    measured = ModelTiming.objects.values_list("worker", "model", "usual_seconds")
    by_worker_and_model = {(worker, model): seconds for worker, model, seconds in measured}
    of_model: dict[str, list[float]] = defaultdict(list)
    for (_, model), seconds in by_worker_and_model.items():
        of_model[model].append(seconds)
    return UsualSeconds(
        by_worker_and_model, {model: fmean(each) for model, each in of_model.items()}
    )
