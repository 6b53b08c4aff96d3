"""How long each model usually takes, measured at every completion."""

from __future__ import annotations

from datetime import datetime

from segrelay_api.queue.models import ModelTiming, SegmentationRequest

WEIGHT_OF_LATEST = 0.25  # follows a change within a few requests, and forgives one outlier


def record(request: SegmentationRequest, *, now: datetime) -> None:
    """Takes the time from claim to completion into the running mean of its model."""
    if request.started_at is None or not request.model:
        return
    seconds = (now - request.started_at).total_seconds()
    timing, is_first = ModelTiming.objects.select_for_update().get_or_create(
        model=request.model, defaults={"usual_seconds": seconds}
    )
    if not is_first:
        timing.usual_seconds += WEIGHT_OF_LATEST * (seconds - timing.usual_seconds)
        timing.save()


def usual_seconds() -> dict[str, float]:
    """By model name; a model that never completed is not there."""
    return dict(ModelTiming.objects.values_list("model", "usual_seconds"))
