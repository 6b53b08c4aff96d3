"""Presses that the tagging rules ask for; the same event again presses nothing anew."""

from __future__ import annotations

import hashlib
import logging

from segrelay_api.archive import mirror
from segrelay_api.archive.errors import (
    UnknownSeriesError,
    UnsuitableSeriesError,
    WrongInputsError,
)
from segrelay_api.archive.orthanc_client import OrthancClient
from segrelay_api.database_calls import in_database
from segrelay_api.pressing import press
from segrelay_api.queue import directory, outdating
from segrelay_api.queue.models import SegmentationRequest
from segrelay_api.queue.request_inputs import inputs_of
from segrelay_contract.orthanc_events import SeriesStable
from segrelay_contract.requests import SegmentBody

log = logging.getLogger(__name__)


class RulePresses:
    """What one event of a stable series asks for. Raises OrthancUnreachableError."""

    def __init__(self, orthanc: OrthancClient, event: SeriesStable, *, actor: str) -> None:
        self._orthanc = orthanc
        self._event = event
        self._actor = actor

    async def make(self) -> None:
        """A series that only grew is asked for again where its rule says so."""
        outdated = await in_database(outdating.newest_outdated, series_id=self._event.series_id)
        if self._event.again_when_grown:
            for request in outdated:
                await self._press_again(request)
        if self._event.request_now and (self._event.again_when_grown or not outdated):
            await self._press_as_asked()

    async def _press_as_asked(self) -> None:
        if self._event.request_for == "series":
            await self._press(self._event.series_id, SegmentBody(), of="")
            return
        for model, series_id in (await in_database(fed_models, self._event)).items():
            await self._press(series_id, SegmentBody(model=model), of=f"{model} {series_id}")

    async def _press_again(self, request: SegmentationRequest) -> None:
        """The same of the series as they are now."""
        inputs = inputs_of(request)
        body = SegmentBody(
            model=request.model or None,
            threshold=request.threshold,
            worker_label=request.worker_label or None,
            sequence_series_ids={each.role: each.series_id for each in inputs if each.role},
        )
        await self._press(request.series_id, body, of=str(request.pk))

    async def _press(self, series_id: str, body: SegmentBody, *, of: str) -> None:
        """What a rule cannot know must not keep the event coming back."""
        try:
            await press(
                self._orthanc,
                series=series_id,
                body=body.model_copy(update={"priority": self._event.priority}),
                actor=self._actor,
                idempotency_key=f"{self._event.event_id} {hashlib.sha256(of.encode()).hexdigest()}",
            )
        except (UnknownSeriesError, UnsuitableSeriesError, WrongInputsError) as error:
            log.info("rule asked in vain series_id=%s reasons=%s", series_id, error.args)


def fed_models(event: SeriesStable) -> dict[str, str]:
    """The reference series of each candidate that has all its series, this one among them."""
    series = mirror.suitable_series_by_role(study_id=event.study_id)
    role = event.role or ""
    if event.series_id not in series.get(role, ()):
        return {}
    series[role] = (event.series_id,)
    return {
        model: series[roles[0]][0]
        for model, roles in directory.models_for_roles(roles=series).items()
        if role in roles
        and (not event.candidate_models or model in event.candidate_models)
        and all(len(series[each]) == 1 for each in roles)
    }
