"""Which requests would do the same work."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass

from segrelay_api.archive.series import SeriesIdentity
from segrelay_api.queue.models import SegmentationRequest


@dataclass(frozen=True)
class Work:
    """What is to be done, apart from when and for whom."""

    series: SeriesIdentity
    model: str  # empty: any that a worker offers
    model_digest: str  # empty: not known yet
    threshold: float | None
    run: int = 0

    @classmethod
    def of(cls, request: SegmentationRequest) -> Work:
        """The work that a stored request stands for."""
        series = SeriesIdentity(
            series_id=request.series_id,
            series_instance_uid=request.series_instance_uid,
            study_id=request.study_id,
            study_instance_uid=request.study_instance_uid,
            instances_digest=request.instances_digest,
        )
        return cls(series, request.model, request.model_digest, request.threshold, request.run)


def dedup_key(work: Work) -> str:
    """SHA-256 over source instances, model package and parameters."""
    parts = {
        "instances": work.series.instances_digest,
        "model": work.model,
        "model_digest": work.model_digest,
        "threshold": work.threshold,
        "run": work.run,
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
