# SPDX-License-Identifier: AGPL-3.0-or-later
import threading
from functools import partial

from segrelay_plugin.catching_up import CatchingUp
from segrelay_plugin.delivery import Delivery
from segrelay_plugin.job_queue import JobQueue
from segrelay_plugin.results.superseding import Superseding
from segrelay_plugin.rules_watch import RulesWatch
from segrelay_plugin.tagging import Tagger

# Orthanc's own end must not wait for more: what is left undone is found at the next start.
LONGEST_TAGGING_SECONDS = 10.0
LONGEST_CALL_SECONDS = 1.0  # a silent Django is not waited for, its event stays in the outbox


class Background:
    """One thread that tags and one that delivers; Orthanc's callbacks only hand over to them.

    They are two, so that a slow Django does not hold up the tagging.
    """

    def __init__(  # noqa: PLR0913 - its parts, each by name
        self,
        *,
        jobs: JobQueue,
        tagger: Tagger,
        superseding: Superseding,
        catching_up: CatchingUp,
        rules_watch: RulesWatch,
        delivery: Delivery,
    ) -> None:
        self._jobs = jobs
        self._tagger = tagger
        self._superseding = superseding
        self._catching_up = catching_up
        self._rules_watch = rules_watch
        self._delivery = delivery
        self._tagging = threading.Thread(target=jobs.run, name="segrelay-tagging", daemon=True)
        self._delivering = threading.Thread(
            target=delivery.run, name="segrelay-delivery", daemon=True
        )

    def start(self) -> None:
        """Begins to work; Orthanc's REST API must be up."""
        self._jobs.put(self._catching_up.look_at_all)
        self._jobs.put(self._rules_watch.look)
        self._tagging.start()
        self._delivering.start()

    def series_stable(self, series_id: str) -> None:
        """Hands over a series that stopped growing."""
        self._jobs.put_urgent(partial(self._tagger.tag_series, series_id=series_id))
        self._jobs.put_urgent(partial(self._superseding.mark_superseded, series_id=series_id))

    def series_deleted(self, series_id: str) -> None:
        """Hands over a series that is gone."""
        self._jobs.put_urgent(partial(self._tagger.forget_series, series_id=series_id))
        self._jobs.put_urgent(partial(self._superseding.take_back, newer_id=series_id))

    def stop(self) -> None:
        """Ends both threads while Orthanc still stands; what is undelivered stays in the outbox."""
        self._jobs.close()
        self._delivery.stop()
        if self._tagging.is_alive():
            self._tagging.join(LONGEST_TAGGING_SECONDS)
        if self._delivering.is_alive():
            self._delivering.join(LONGEST_CALL_SECONDS)
