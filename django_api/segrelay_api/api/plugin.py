"""What the Orthanc plugin tells."""

from __future__ import annotations

import logging

from django.http import HttpRequest
from ninja import Router

from segrelay_api.api.authentication import caller
from segrelay_api.archive import mirror
from segrelay_api.archive.errors import UnknownSeriesError, UnsuitableSeriesError
from segrelay_api.archive.orthanc_client import orthanc_client
from segrelay_api.database_calls import in_database
from segrelay_api.pressing import press
from segrelay_api.queue import clock, transitions
from segrelay_contract.orthanc_events import (
    OrthancEvent,
    OrthancEventAnswer,
    SeriesDeleted,
    SeriesStable,
)
from segrelay_contract.requests import SegmentBody

router = Router()
log = logging.getLogger(__name__)


@router.post("orthanc-events/", response=OrthancEventAnswer, url_name="orthanc_events")
async def orthanc_events(request: HttpRequest, body: OrthancEvent) -> OrthancEventAnswer:
    """Takes one event; the plugin sends it again until this answers."""
    if isinstance(body, SeriesDeleted):
        await in_database(_forget, body)
    else:
        await in_database(mirror.record_stable_series, event=body, now=clock.now())
        if body.request_now:
            await _request_by_rule(body, actor=caller(request))
    return OrthancEventAnswer()


def _forget(event: SeriesDeleted) -> None:
    mirror.forget_series(series_id=event.series_id)
    transitions.forget_results(series_id=event.series_id, now=clock.now())


async def _request_by_rule(event: SeriesStable, *, actor: str) -> None:
    """A rule asked for it; what the rule cannot know must not keep the event coming back."""
    try:
        await press(orthanc_client(), series=event.series_id, body=SegmentBody(), actor=actor)
    except (UnknownSeriesError, UnsuitableSeriesError) as error:
        log.info("rule asked in vain series_id=%s reasons=%s", event.series_id, error.args)
