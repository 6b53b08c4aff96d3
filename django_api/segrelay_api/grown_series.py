"""A series that is stable again may hold other images than a request was made for."""

from __future__ import annotations

from segrelay_api.archive.errors import UnknownSeriesError
from segrelay_api.archive.orthanc_client import OrthancClient
from segrelay_api.archive.preflight import find_series
from segrelay_api.database_calls import in_database
from segrelay_api.queue import clock, outdating, untold_states
from segrelay_api.queue.wakeups.listeners import own_changes
from segrelay_contract.orthanc_events import SeriesStable
from segrelay_contract.series_rules.identity import digest_instances


async def mark_what_is_outdated(orthanc: OrthancClient, event: SeriesStable) -> None:
    """By what Orthanc holds now: an event may have waited while the series grew on.

    Raises OrthancUnreachableError; Orthanc is only asked where the event says that images differ.
    """
    told = _digest(event)
    if not await in_database(
        outdating.is_any_about_others, series_id=event.series_id, instances_digest=told
    ):
        return
    try:
        found = await find_series(orthanc, event.series_id)
    except UnknownSeriesError:
        return
    await in_database(
        outdating.mark_outdated,
        series_id=event.series_id,
        instances_digest=found.identity.instances_digest,
        now=clock.now(),
    )


async def tell_states_anew(event: SeriesStable) -> None:
    """A series that was deleted and sent again has lost what the plugin was told of it."""
    await in_database(_tell_later, event.series_id)
    own_changes.wake()


def _tell_later(series_id: str) -> None:
    untold_states.tell_later(requests=outdating.requests_with(series_id=series_id))


def _digest(event: SeriesStable) -> str:
    return digest_instances(row.get("SOPInstanceUID", "") for row in event.headers)
