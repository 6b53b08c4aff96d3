"""What the archive told of a request's result, and the result that this amounts to.

The report (SR) is stored last and carries the figures: where it is, everything is, unless
somebody deleted the mask since.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime

from pydantic import Field

from segrelay_api.queue.models import SegmentationRequest
from segrelay_contract.orthanc_events import ResultStored
from segrelay_contract.payload import Payload
from segrelay_contract.results import (
    ReportedResult,
    SegmentationResult,
    StageSeconds,
    StoredObject,
)
from segrelay_contract.status import Outcome, Stage

KINDS = ("SEG", "SC", "SR")  # in the order in which they are stored


class StoredPart(Payload):
    """One object of a result as the queue keeps it with the request."""

    attempt: int
    told_at: datetime
    stored: StoredObject
    result: ReportedResult | None = Field(default=None)


def with_part(
    parts: Iterable[StoredPart], told: ResultStored, *, now: datetime
) -> list[StoredPart]:
    """With this one too; each attempt that stores an object, or finds it stored, has it."""
    known = list(parts)
    if any(
        (part.attempt, part.stored.sop_instance_uid) == (told.attempt, told.sop_instance_uid)
        for part in known
    ):
        return known
    stored = StoredObject.model_validate(told.model_dump())
    part = StoredPart(attempt=told.attempt, told_at=now, stored=stored, result=told.result)
    return [*known, part]


def parts_of(request: SegmentationRequest) -> list[StoredPart]:
    """What was told until now."""
    return [StoredPart.model_validate(part) for part in request.stored_objects]


def stored_result(request: SegmentationRequest) -> SegmentationResult | None:
    """What the archive holds, whole and of the request's own model; else None."""
    parts = parts_of(request)
    report = max(
        (part for part in parts if _is_report_of(request, part)),
        key=lambda part: part.attempt,
        default=None,
    )
    if report is None or report.result is None:
        return None
    objects = tuple(part.stored for part in _belonging_to(report, report.result, parts))
    has_mask = any(stored.kind == "SEG" for stored in objects)
    if report.result.outcome == Outcome.SEGMENTED and not has_mask:  # it was deleted again
        return None
    return SegmentationResult(
        **dict(report.result), seconds=_seconds(request, report), objects=objects
    )


def _is_report_of(request: SegmentationRequest, part: StoredPart) -> bool:
    """Whoever claimed later may have named another model."""
    if part.result is None:
        return False
    model = part.result.model
    return (model.name, model.digest) == (request.model, request.model_digest)


def _belonging_to(
    report: StoredPart, result: ReportedResult, parts: Iterable[StoredPart]
) -> list[StoredPart]:
    """Of each kind those of the latest attempt until the report's; no mask of nothing."""
    by_kind: Mapping[str, list[StoredPart]] = defaultdict(list)
    for part in parts:
        is_mask_of_nothing = part.stored.kind == "SEG" and result.outcome == Outcome.NOTHING_FOUND
        if part.attempt <= report.attempt and not is_mask_of_nothing:
            by_kind[part.stored.kind].append(part)
    return [
        part
        for kind in KINDS
        for part in by_kind[kind]
        if part.attempt == max(each.attempt for each in by_kind[kind])
    ]


def _seconds(request: SegmentationRequest, report: StoredPart) -> StageSeconds:
    """How long each stage of the report's attempt took, by its events; 0 where none tells."""
    seconds = dict.fromkeys(Stage, 0.0)
    stage, since = None, report.told_at
    for at, next_stage in _steps(request, report.attempt):
        if stage is not None:
            seconds[stage] += max(0.0, (at - since).total_seconds())
        stage, since = next_stage, at
    if stage is not None:
        seconds[stage] += max(0.0, (report.told_at - since).total_seconds())
    return StageSeconds(**{stage.value: taken for stage, taken in seconds.items()})


def _steps(request: SegmentationRequest, attempt: int) -> list[tuple[datetime, Stage]]:
    """When which stage began, from the claim on."""
    steps: list[tuple[datetime, Stage]] = []
    is_meant = False
    for at, kind, details in request.events.order_by("seq").values_list("at", "kind", "details"):
        if kind == "claim":
            is_meant = details.get("attempt") == attempt
            if is_meant:
                steps.append((at, Stage.DOWNLOADING))
        elif kind == "stage" and is_meant:
            steps.append((at, Stage(details["stage"])))
    return steps
