"""A press on "AI analysis", from whichever side it comes: check, choose, enqueue."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils import timezone

from segrelay_api.archive import mirror
from segrelay_api.archive.orthanc_client import OrthancClient
from segrelay_api.archive.preflight import check_series
from segrelay_api.archive.series import SeriesIdentity
from segrelay_api.database_calls import in_database
from segrelay_api.queue import selectors, transitions, workers
from segrelay_api.queue.deduplication import Work
from segrelay_contract.requests import RequestView, SegmentBody


@dataclass(frozen=True)
class Pressed:
    """The request that a press led to."""

    request: RequestView
    deduplicated: bool


async def press(orthanc: OrthancClient, *, series: str, body: SegmentBody, actor: str) -> Pressed:
    """Raises the archive's errors where the series is unknown, unsuitable or out of reach."""
    checked = await check_series(orthanc, series)
    return await in_database(_enqueue, series=checked, body=body, actor=actor)


def _enqueue(*, series: SeriesIdentity, body: SegmentBody, actor: str) -> Pressed:
    now = timezone.now()
    candidates = mirror.candidate_models(series_id=series.series_id)
    model, digest = workers.choose_model(asked=body.model, candidates=candidates)
    request, deduplicated = transitions.create_request(
        work=Work(series, model, digest, body.threshold),
        priority=body.priority,
        actor=actor,
        now=now,
    )
    return Pressed(selectors.view(request, now=now), deduplicated)
