"""A press on "AI analysis", from whichever side it comes: check, choose, enqueue."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from segrelay_api.archive import mirror
from segrelay_api.archive.errors import UnsuitableSeriesError, WrongInputsError
from segrelay_api.archive.orthanc_client import OrthancClient
from segrelay_api.archive.preflight import FoundSeries, find_series, require_usable
from segrelay_api.archive.series import SeriesIdentity
from segrelay_api.database_calls import in_database
from segrelay_api.pressed_inputs import gather_inputs, named_by_role
from segrelay_api.queue import clock, directory, idempotency, selectors, transitions
from segrelay_api.queue.deduplication import Work
from segrelay_api.queue.directory import WantedModel
from segrelay_api.queue.idempotency import KeyedPress
from segrelay_api.queue.models import SegmentationRequest
from segrelay_contract.leases import InputSeries
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
        keyed = KeyedPress.of(owner=actor, key=idempotency_key, pressed=series, body=body)
    return await press_keyed(orthanc, series=series, body=body, actor=actor, keyed=keyed)


async def press_keyed(
    orthanc: OrthancClient,
    *,
    series: str,
    body: SegmentBody,
    actor: str,
    keyed: KeyedPress | None,
) -> Pressed:
    """The same, for callers whose key is not that of a press on one series."""
    if keyed is not None:
        earlier = await in_database(_pressed_before, keyed)
        if earlier is not None:
            return earlier
    found = await find_series(orthanc, series)
    models = await in_database(_wanted_models, series_id=found.identity.series_id, asked=body.model)
    work = await _first_work(orthanc, pressed=found, models=models, body=body)
    return await in_database(_enqueue, work=work, body=body, actor=actor, keyed=keyed)


async def _first_work(
    orthanc: OrthancClient,
    *,
    pressed: FoundSeries,
    models: Sequence[WantedModel],
    body: SegmentBody,
) -> Work:
    """With the first of the models that can be fed; else the first one's reasons are raised."""
    refusals = []
    for model in models:
        named = named_by_role(body.sequence_series_ids, model)
        if named is None:
            continue
        try:
            inputs = await gather_inputs(orthanc, pressed=pressed, model=model, named=named)
            return _work(model, inputs, body)
        except UnsuitableSeriesError as error:
            refusals.append(error)
    if not refusals:
        raise WrongInputsError(_roles_of(models))
    raise refusals[0]


def _work(model: WantedModel, inputs: Mapping[str, FoundSeries], body: SegmentBody) -> Work:
    require_usable(
        inputs,
        rules=model.volume_rules,
        allow_different_frames=model.allow_different_frames,
    )
    named = tuple(_input(role, series.identity) for role, series in inputs.items())
    return Work(
        next(iter(inputs.values())).identity,
        model.name,
        model.digest,
        body.threshold,
        inputs=named if len(named) > 1 else (),
    )


def _input(role: str, series: SeriesIdentity) -> InputSeries:
    return InputSeries(
        role=role,
        series_id=series.series_id,
        series_instance_uid=series.series_instance_uid,
        study_id=series.study_id,
        instances_digest=series.instances_digest,
    )


def _roles_of(models: Sequence[WantedModel]) -> str:
    known = [f"{model.name}: {', '.join(model.roles)}" for model in models if model.roles]
    if not known:
        return "sequence_series_ids: no worker has offered the model yet, so its roles are unknown"
    return f"sequence_series_ids: does not fit the roles of the model ({'; '.join(known)})"


def _pressed_before(keyed: KeyedPress) -> Pressed | None:
    request = idempotency.find_request(keyed)
    if request is None:
        return None
    return Pressed(selectors.view(request, now=clock.now()), deduplicated=True)


def _wanted_models(*, series_id: str, asked: str | None) -> tuple[WantedModel, ...]:
    candidates = mirror.candidate_models(series_id=series_id)
    return directory.wanted_models(asked=asked, candidates=candidates)


def _enqueue(*, work: Work, body: SegmentBody, actor: str, keyed: KeyedPress | None) -> Pressed:
    now = clock.now()
    with transaction.atomic():
        request, deduplicated = _create(work, body, actor, now)
        if keyed is not None:
            idempotency.remember(keyed, request.pk, now=now)
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
