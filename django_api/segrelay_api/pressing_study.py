"""A press on a study: one for each model that it can feed."""

from __future__ import annotations

from segrelay_api.archive import mirror
from segrelay_api.archive.errors import NoModelFitsError
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

    Raises UnknownStudyError or NoModelFitsError besides what a press raises.
    """
    keyed = await _keyed(study=study, body=body, actor=actor, key=idempotency_key)
    study_id = await orthanc.study_id_of(study)
    fitting = await in_database(_series_by_model, study_id=study_id, body=body)
    if not fitting:
        raise NoModelFitsError
    pressed = [
        await press_keyed(
            orthanc,
            series=series,
            body=body.model_copy(update={"model": model}),
            actor=actor,
            keyed=keyed.for_model(model) if keyed else None,
        )
        for model, series in fitting.items()
    ]
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
