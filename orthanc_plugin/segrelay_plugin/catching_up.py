# SPDX-License-Identifier: AGPL-3.0-or-later
import logging
from collections.abc import Callable
from datetime import datetime
from functools import partial

from segrelay_plugin.archive import Archive
from segrelay_plugin.job_queue import JobQueue
from segrelay_plugin.results.superseding import Superseding
from segrelay_plugin.states.mirror import StateMirror
from segrelay_plugin.tagging import Tagger

logger = logging.getLogger(__name__)


class CatchingUp:
    """Judges what was missed: at a start what was arriving before, and all when rules change."""

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
        """Queues a look at every series; single jobs, so that new series need not wait."""
        series_ids = self._archive.series_ids()
        logger.info("catching_up series=%d", len(series_ids))
        for series_id in series_ids:
            self._jobs.put(partial(self.look_at, series_id=series_id))

    def look_at(self, *, series_id: str) -> None:
        """Tags one MR series that carries no tag, once it is old enough to be complete.

        A result is one object and needs no age. Labels are put right where a crash came between
        them and the states, or where Orthanc had none before.
        """
        record = self._archive.series(series_id)
        self._superseding.mark_what_it_supersedes(record)
        if record.modality != "MR":
            return
        self._mirror.repair_labels(series_id=series_id)
        if self._tagger.is_tagged(record):
            return
        if not record.is_stable:
            return  # it grows since the start, so Orthanc will tell when it is stable
        age_seconds = (self._now() - record.last_update).total_seconds()
        if age_seconds < self._stable_age_seconds:
            again = partial(self.look_at, series_id=series_id)
            self._jobs.put(again, delay_seconds=self._stable_age_seconds - age_seconds)
            return
        self._tagger.tag_series(series_id=series_id)
