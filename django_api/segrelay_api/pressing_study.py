"""A press on a study: one for each model that it can feed."""

from __future__ import annotations

from collections.abc import Mapping

from segrelay_api.archive import mirror
from segrelay_api.archive.errors import (
    ArchiveError,
    NoModelFitsError,
    UnknownSeriesError,
    UnsuitableSeriesError,
    WrongInputsError,
)
from segrelay_api.archive.orthanc_client import OrthancClient
from segrelay_api.database_calls import in_database
from segrelay_api.pressing import Pressed, press_keyed
from segrelay_api.queue import clock, directory, idempotency
from segrelay_api.queue.idempotency import KeyedPress
from segrelay_contract.requests import SegmentBody


async def press_study(
    orthanc: OrthancClient,
    *,
    study: str,
    body: SegmentBody,
    actor: str,
    idempotency_key: str = "",
) -> tuple[Pressed, ...]:
    """One press for each model that a tagged series of the study can feed, or for the one named.

    A model that does not take the series as they are keeps no other from them.
    Raises UnknownStudyError or NoModelFitsError; what a press raises, where none could be made.
    """
    keyed = await _keyed(study=study, body=body, actor=actor, key=idempotency_key)
    study_id = await orthanc.study_id_of(study)
    fitting = await in_database(_series_by_model, study_id=study_id, body=body)
    if not fitting:
        raise NoModelFitsError
    pressed = await _press_each(orthanc, fitting, body=body, actor=actor, keyed=keyed)
    if keyed is not None:
        first = pressed[0].request.request_id
        await in_database(idempotency.remember, keyed, first, now=clock.now())
    return tuple(pressed)


async def _keyed(*, study: str, body: SegmentBody, actor: str, key: str) -> KeyedPress | None:
    """Raises IdempotencyKeyReusedError where the key is that of another press."""
    if not key:
        return None
    keyed = KeyedPress.of(owner=actor, key=key, pressed=f"study {study}", body=body)
    await in_database(idempotency.find_request, keyed)
    return keyed


async def _press_each(
    orthanc: OrthancClient,
    fitting: Mapping[str, str],
    *,
    body: SegmentBody,
    actor: str,
    keyed: KeyedPress | None,
) -> list[Pressed]:
    """Those that can be; where none can, the first one's reasons are raised."""
    pressed: list[Pressed] = []
    refusals: list[ArchiveError] = []
    for model, series in fitting.items():
        try:
            each = await press_keyed(
                orthanc,
                series=series,
                body=body.model_copy(update={"model": model}),
                actor=actor,
                keyed=keyed.for_model(model) if keyed else None,
            )
            pressed.append(each)
        except (UnknownSeriesError, UnsuitableSeriesError, WrongInputsError) as error:
            refusals.append(error)
    if not pressed:
        raise refusals[0]
    return pressed


def _series_by_model(*, study_id: str, body: SegmentBody) -> dict[str, str]:
    """The reference series of each model.

    A model that nobody asked for by name is left out where several series could be one of its
    further inputs.
    """
    series = mirror.suitable_series_by_role(study_id=study_id)
    fitting = directory.models_for_roles(roles=series)
    return {
        model: series[roles[0]][0]
        for model, roles in fitting.items()
        if model == body.model
        or (body.model is None and all(len(series[role]) == 1 for role in roles[1:]))
    }
