"""Which requests would do the same work."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace

from django.db.models import Max, Q

from segrelay_api.archive.series import SeriesIdentity
from segrelay_api.queue.models import SegmentationRequest
from segrelay_api.queue.request_inputs import inputs_of
from segrelay_contract.leases import InputSeries
from segrelay_contract.status import RequestStatus


@dataclass(frozen=True)
class Work:
    """What is to be done, apart from when and for whom."""

    series: SeriesIdentity
    model: str  # empty: any that a worker offers
    model_digest: str  # empty: not known yet
    threshold: float | None
    run: int = 0
    inputs: tuple[InputSeries, ...] = ()  # where the model has several roles; `series` is the first

    @classmethod
    def of(cls, request: SegmentationRequest) -> Work:
        """The work that a stored request stands for."""
        reference, *others = inputs_of(request)
        series = SeriesIdentity(
            series_id=request.series_id,
            series_instance_uid=request.series_instance_uid,
            study_id=request.study_id,
            study_instance_uid=request.study_instance_uid,
            instances_digest=reference.instances_digest,
        )
        return cls(
            series,
            request.model,
            request.model_digest,
            request.threshold,
            request.run,
            (reference, *others) if others else (),
        )

    @property
    def instances_digest(self) -> str:
        """Of everything that goes in, and as what."""
        if not self.inputs:
            return self.series.instances_digest
        parts = [[each.role, each.series_id, each.instances_digest] for each in self.inputs]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()

    def in_latest_run(self) -> Work:
        """As it was last forced: the run whose result counts."""
        same = SegmentationRequest.objects.filter(
            series_id=self.series.series_id,
            instances_digest=self.instances_digest,
            model=self.model,
            model_digest=self.model_digest,
            threshold=self.threshold,
        )
        latest = same.aggregate(latest=Max("run"))["latest"]
        return replace(self, run=latest or 0)

    def in_next_run(self) -> Work:
        """Once more: a run of its own, with results of its own."""
        return replace(self, run=self.run + 1)


def dedup_key(work: Work) -> str:
    """SHA-256 over series, source instances, model package and parameters.

    Orthanc's id of the series tells patients apart: images that were sent again under a corrected
    PatientID keep all their UIDs.
    """
    parts = {
        "series": work.series.series_id,
        "instances": work.instances_digest,
        "model": work.model,
        "model_digest": work.model_digest,
        "threshold": work.threshold,
        "run": work.run,
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def find_twin(work: Work, *, any_model: bool) -> SegmentationRequest | None:
    """The active request that makes another one needless.

    That is one of the same model and contents; or one that still waits for the same model,
    whatever contents of it were known at its press; or, where the caller named no model, the
    latest for these images of this series. One for any model may be run with another than the one
    that a press names, so these two stay apart.
    """
    alike = SegmentationRequest.objects.active().filter(
        series_id=work.series.series_id,
        instances_digest=work.instances_digest,
        threshold=work.threshold,
    )
    # Of any run: a forced run that was cancelled does not hide the result of the one before.
    same = Q(model=work.model, model_digest=work.model_digest)
    same |= Q(dedup_key=dedup_key(work.in_latest_run()))
    waiting = Q(status=RequestStatus.PENDING, model=work.model)
    wanted = alike if any_model else alike.filter(same | waiting)
    return wanted.order_by("-run", "-created_at").first()
