"""A press on "AI analysis", from whichever side it comes: check, choose, enqueue."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from segrelay_api.archive import mirror
from segrelay_api.archive.errors import NoModelFitsError
from segrelay_api.archive.orthanc_client import OrthancClient
from segrelay_api.archive.preflight import find_series, first_that_takes
from segrelay_api.database_calls import in_database
from segrelay_api.queue import clock, directory, idempotency, selectors, transitions
from segrelay_api.queue.deduplication import Work
from segrelay_api.queue.directory import WantedModel
from segrelay_api.queue.idempotency import KeyedPress
from segrelay_api.queue.models import SegmentationRequest
from segrelay_contract.requests import RequestView, SegmentBody


@dataclass(frozen=True)
class Pressed:
    """The request that a press led to."""

    request: RequestView
    deduplicated: bool


async def press(
    orthanc: OrthancClient,
    *,
    series: str,
    body: SegmentBody,
    actor: str,
    idempotency_key: str = "",
) -> Pressed:
    """Raises the archive's errors where the series is unknown, unsuitable or out of reach."""
    keyed = None
    if idempotency_key:
        keyed = KeyedPress.of(owner=actor, key=idempotency_key, series=series, body=body)
        earlier = await in_database(_pressed_before, keyed)
        if earlier is not None:
            return earlier
    found = await find_series(orthanc, series)
    models = await in_database(_wanted_models, series_id=found.identity.series_id, asked=body.model)
    model = models[first_that_takes(found, [model.volume_rules for model in models])]
    work = Work(found.identity, model.name, model.digest, body.threshold)
    return await in_database(_enqueue, work=work, body=body, actor=actor, keyed=keyed)


async def press_study(
    orthanc: OrthancClient, *, study: str, body: SegmentBody, actor: str
) -> tuple[Pressed, ...]:
    """One press for each model that a tagged series of the study can feed, or for the one named.

    Raises UnknownStudyError or NoModelFitsError besides what a press raises.
    """
    study_id = await orthanc.study_id_of(study)
    fitting = await in_database(_series_by_model, study_id=study_id, asked=body.model)
    if not fitting:
        raise NoModelFitsError
    return tuple(
        [
            await press(
                orthanc, series=series, body=body.model_copy(update={"model": model}), actor=actor
            )
            for model, series in fitting.items()
        ]
    )


def _pressed_before(keyed: KeyedPress) -> Pressed | None:
    request = idempotency.find_request(keyed)
    if request is None:
        return None
    return Pressed(selectors.view(request, now=clock.now()), deduplicated=True)


def _series_by_model(*, study_id: str, asked: str | None) -> dict[str, str]:
    series = mirror.suitable_series_by_role(study_id=study_id)
    roles = directory.models_for_roles(roles=series)
    return {model: series[role] for model, role in roles.items() if asked is None or model == asked}


def _wanted_models(*, series_id: str, asked: str | None) -> tuple[WantedModel, ...]:
    candidates = mirror.candidate_models(series_id=series_id)
    return directory.wanted_models(asked=asked, candidates=candidates)


def _enqueue(*, work: Work, body: SegmentBody, actor: str, keyed: KeyedPress | None) -> Pressed:
    now = clock.now()
    with transaction.atomic():
        request, deduplicated = _create(work, body, actor, now)
        if keyed is not None:
            idempotency.remember(keyed, request, now=now)
    return Pressed(selectors.view(request, now=now), deduplicated)


def _create(
    work: Work, body: SegmentBody, actor: str, now: datetime
) -> tuple[SegmentationRequest, bool]:
    return transitions.create_request(
        work=work,
        priority=body.priority,
        actor=actor,
        now=now,
        any_model=body.model is None,
        force=body.force,
        worker_label=body.worker_label or "",
    )
