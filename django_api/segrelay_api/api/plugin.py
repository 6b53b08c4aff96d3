"""What the Orthanc plugin tells."""

from __future__ import annotations

import asyncio

from django.http import HttpRequest
from ninja import Router

from segrelay_api.api.authentication import caller
from segrelay_api.archive import mirror
from segrelay_api.archive.errors import OrthancUnreachableError
from segrelay_api.archive.orthanc_client import orthanc_client
from segrelay_api.database_calls import in_database
from segrelay_api.grown_series import mark_what_is_outdated, tell_states_anew
from segrelay_api.pressing_by_rule import RulePresses
from segrelay_api.queue import clock, transitions
from segrelay_contract.orthanc_events import (
    OrthancEvent,
    OrthancEventAnswer,
    ResultStored,
    SeriesDeleted,
    SeriesStable,
)

router = Router()
LONGEST_WORK_SECONDS = 25.0  # the plugin waits 30 s, and then sends the event again


@router.post("orthanc-events/", response=OrthancEventAnswer, url_name="orthanc_events")
async def orthanc_events(request: HttpRequest, body: OrthancEvent) -> OrthancEventAnswer:
    """Takes one event; the plugin sends it again until this answers."""
    if isinstance(body, SeriesDeleted):
        await in_database(_forget, body)
    elif isinstance(body, ResultStored):
        await in_database(transitions.note_stored_object, told=body, now=clock.now())
    else:
        await _take_stable_series(body, actor=caller(request))
    return OrthancEventAnswer()


def _forget(event: SeriesDeleted) -> None:
    mirror.forget_series(series_id=event.series_id)
    transitions.forget_results(series_id=event.series_id, now=clock.now())


async def _take_stable_series(event: SeriesStable, *, actor: str) -> None:
    """Raises OrthancUnreachableError, also where Orthanc takes longer than the plugin waits."""
    await in_database(mirror.take_stable_series, event=event, now=clock.now())
    try:
        async with asyncio.timeout(LONGEST_WORK_SECONDS):
            await mark_what_is_outdated(orthanc_client(), event)
            await tell_states_anew(event)
            await RulePresses(orthanc_client(), event, actor=actor).make()
    except TimeoutError as error:
        raise OrthancUnreachableError("it takes too long") from error
