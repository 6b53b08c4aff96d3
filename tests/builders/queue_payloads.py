"""Valid payloads of the queue, with the one thing changed that a test is about."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal
from uuid import UUID, uuid4

from segrelay_api.archive.series import SeriesIdentity
from segrelay_api.queue.claimer import Claimer
from segrelay_api.queue.deduplication import Work
from segrelay_contract.leases import (
    ClaimBody,
    ModelOffer,
    OfferedSegment,
    QuarantinedModel,
    WorkerDescription,
)
from segrelay_contract.orthanc_events import ResultStored
from segrelay_contract.results import (
    ModelIdentity,
    ReportedResult,
    SegmentationResult,
    SegmentFigures,
    StageSeconds,
    StoredObject,
    SuccessBody,
)
from segrelay_contract.status import Outcome

DIGEST = "d" * 64


def work(number: int = 1, *, model: str = "brain", threshold: float | None = None) -> Work:
    series = SeriesIdentity(
        series_id=f"series-{number}",
        series_instance_uid=f"1.2.3.{number}",
        study_id=f"study-{number}",
        study_instance_uid=f"1.2.{number}",
        instances_digest=f"{number:064d}",
    )
    return Work(series=series, model=model, model_digest="", threshold=threshold)


def offer(
    name: str = "brain", digest: str = DIGEST, volume_rule: Mapping[str, str] | None = None
) -> ModelOffer:
    return ModelOffer(
        name=name,
        version="1.0",
        digest=digest,
        weights_sha256="e" * 64,
        roles=("t1",),
        segments=(OfferedSegment(number=1, label="Brain"),),
        volume_rule=dict(volume_rule or {}),
    )


def quarantined(offered: ModelOffer, reason: str = "engine_killed") -> QuarantinedModel:
    return QuarantinedModel(**dict(offered), reason=reason)


def claim_body(*offers: ModelOffer, wait_seconds: float = 0) -> ClaimBody:
    return ClaimBody(
        claim_id=uuid4(),
        worker=WorkerDescription(name="lab", version="1.0"),
        models=offers or (offer(),),
        wait_seconds=wait_seconds,
    )


def claimer(worker: str = "lab1", *offers: ModelOffer) -> Claimer:
    return Claimer(worker, claim_body(*offers))


def success_body(token: str, *, outcome: Outcome = Outcome.SEGMENTED) -> SuccessBody:
    result = SegmentationResult(
        outcome=outcome,
        segments=(SegmentFigures(number=1, label="Brain", voxel_count=1000, volume_ml=1.0),),
        model=ModelIdentity(name="brain", version="1.0", digest=DIGEST, weights_sha256="e" * 64),
        threshold=0.5,
        seconds=StageSeconds(downloading=1, inferring=2, encoding=3, uploading=4),
        objects=(
            StoredObject(
                kind="SEG",
                sop_instance_uid="2.25.1",
                series_instance_uid="2.25.2",
                orthanc_id="seg-instance",
                orthanc_series_id="seg-series",
            ),
        ),
        mask_sha256="f" * 64,
    )
    return SuccessBody(success=True, lease_token=token, seg_instance_id="x", result=result)


CLASSES = {
    "SEG": "1.2.840.10008.5.1.4.1.1.66.4",
    "SC": "1.2.840.10008.5.1.4.1.1.7",
    "SR": "1.2.840.10008.5.1.4.1.1.88.22",
}


def stored_object(
    request_id: UUID, kind: Literal["SEG", "SC", "SR"] = "SR", *, attempt: int = 1, **changes: Any
) -> ResultStored:
    """As the archive tells of it; a report carries the result of `success_body`."""
    number = list(CLASSES).index(kind)
    result = ReportedResult.model_validate(success_body("").result.model_dump())
    told = ResultStored(
        event="result_stored",
        event_id=uuid4(),
        series_id="series-1",
        request_id=request_id,
        attempt=attempt,
        kind=kind,
        sop_class_uid=CLASSES[kind],
        sop_instance_uid=f"2.25.{number}",
        series_instance_uid=f"2.25.1{number}",
        orthanc_id=f"{kind}-instance",
        orthanc_series_id=f"{kind}-series",
        result=result if kind == "SR" else None,
    )
    return told.model_copy(update=changes)
