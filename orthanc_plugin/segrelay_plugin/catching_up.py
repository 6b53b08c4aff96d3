# SPDX-License-Identifier: AGPL-3.0-or-later
import logging
from collections.abc import Callable
from datetime import datetime
from functools import partial

from segrelay_plugin.archive import Archive, SeriesRecord
from segrelay_plugin.job_queue import JobQueue
from segrelay_plugin.results.superseding import Superseding
from segrelay_plugin.states.mirror import StateMirror
from segrelay_plugin.tagging import Tagger

logger = logging.getLogger(__name__)


class CatchingUp:
    """Does what was missed: at a start before it, and judges anew when the rules change."""

    def __init__(  # noqa: PLR0913 - what it looks with, each by name
        self,
        *,
        archive: Archive,
        tagger: Tagger,
        superseding: Superseding,
        mirror: StateMirror,
        jobs: JobQueue,
        stable_age_seconds: float,
        now: Callable[[], datetime],
    ) -> None:
        self._archive = archive
        self._tagger = tagger
        self._superseding = superseding
        self._mirror = mirror
        self._jobs = jobs
        self._stable_age_seconds = stable_age_seconds
        self._now = now

    def look_at_all(self) -> None:
        """Queues, at a start, a look at every series."""
        self._queue_for_all(self.look_at)

    def judge_all(self) -> None:
        """Queues a judgement of every series, as the rules are other ones."""
        self._queue_for_all(self.judge)

    def look_at(self, *, series_id: str) -> None:
        """Does for one series what was missed while Orthanc was down.

        A result is one object and needs no age. Labels are put right where a crash came between
        them and the states, or where Orthanc had none before.
        """
        record = self._archive.series(series_id)
        self._superseding.catch_up_with(record)
        if record.modality == "MR":
            self._mirror.repair_labels(series_id=series_id)
        self._judge(record)

    def judge(self, *, series_id: str) -> None:
        """Tags one MR series that carries no tag, once it is old enough to be complete."""
        self._judge(self._archive.series(series_id))

    def _queue_for_all(self, look: Callable[..., None]) -> None:
        """Single jobs, so that new series need not wait."""
        series_ids = self._archive.series_ids()
        logger.info("catching_up series=%d", len(series_ids))
        for series_id in series_ids:
            self._jobs.put(partial(look, series_id=series_id))

    def _judge(self, record: SeriesRecord) -> None:
        if not self._is_missed(record):
            return
        pause_seconds = self._pause_seconds(record)
        if pause_seconds > 0:
            later = partial(self._tag_if_missed, series_id=record.series_id)
            self._jobs.put(later, delay_seconds=pause_seconds)
            return
        self._tagger.tag_series(series_id=record.series_id)

    def _is_missed(self, record: SeriesRecord) -> bool:
        """One that grows since the start is not: Orthanc will tell when it is stable."""
        return record.modality == "MR" and not self._tagger.is_tagged(record) and record.is_stable

    def _pause_seconds(self, record: SeriesRecord) -> float:
        """How long until it is old enough, by whatever clock it was dated."""
        age_seconds = (self._now() - record.last_update).total_seconds()
        return min(self._stable_age_seconds, self._stable_age_seconds - age_seconds)

    def _tag_if_missed(self, *, series_id: str) -> None:
        """Once it was waited for, whether it is still as it was counts, and not the clock."""
        if self._is_missed(self._archive.series(series_id)):
            self._tagger.tag_series(series_id=series_id)
