"""Fills the mirror from what the plugin has tagged, where its events are lost."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from urllib.parse import quote
from uuid import uuid4

from pydantic import ValidationError

from segrelay_api.archive import mirror
from segrelay_api.archive.errors import UnknownSeriesError
from segrelay_api.archive.orthanc_client import OrthancClient
from segrelay_api.database_calls import in_database
from segrelay_contract.candidates import Candidate, CandidatePage
from segrelay_contract.orthanc_events import SeriesStable

SERIES_IN_A_PAGE = 20  # of the archive; with their headers it takes a second or two


class NoPluginError(Exception):
    """Orthanc answers, but lists no candidates."""


@dataclass(frozen=True)
class Refilled:
    """How many series there are now, and how many are gone."""

    told: int
    unsuitable: int  # of those that were told
    forgotten: int


async def refill(orthanc: OrthancClient) -> Refilled:
    """Raises OrthancUnreachableError or NoPluginError; what was read until then is kept."""
    told: set[str] = set()
    unsuitable = 0
    async for candidate in _candidates(orthanc):
        series = await in_database(
            mirror.record_stable_series, event=_as_event(candidate), now=candidate.tagged_at
        )
        told.add(candidate.series_id)
        unsuitable += bool(series.reasons)
    return Refilled(len(told), unsuitable, await _forget_what_is_gone(orthanc, told))


async def _candidates(orthanc: OrthancClient) -> AsyncIterator[Candidate]:
    since: int | None = 0
    while since is not None:
        page = await _page(orthanc, since)
        for candidate in page.candidates:
            yield candidate
        since = page.next


async def _page(orthanc: OrthancClient, since: int) -> CandidatePage:
    path = f"/segrelay/candidates?since={since}&limit={SERIES_IN_A_PAGE}&headers=1"
    try:
        return CandidatePage.model_validate(await orthanc.json(path))
    except (UnknownSeriesError, ValidationError) as error:
        raise NoPluginError from error


def _as_event(candidate: Candidate) -> SeriesStable:
    """As it was told once; nothing is requested for it now."""
    return SeriesStable(
        event="series_stable",
        event_id=uuid4(),
        request_now=False,
        **candidate.model_dump(exclude={"tagged_at"}),
    )


async def _forget_what_is_gone(orthanc: OrthancClient, told: set[str]) -> int:
    """Asks for each that was not listed: a page may pass one over while others are deleted."""
    forgotten = 0
    for series_id in await in_database(mirror.known_series, but=told):
        try:
            await orthanc.json(f"/series/{quote(series_id, safe='')}")
        except UnknownSeriesError:
            await in_database(mirror.forget_series, series_id=series_id)
            forgotten += 1
    return forgotten
