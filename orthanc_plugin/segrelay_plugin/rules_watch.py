# SPDX-License-Identifier: AGPL-3.0-or-later
from segrelay_plugin.job_queue import Job, JobQueue
from segrelay_plugin.rules.in_force import RulesSource

LOOK_EVERY_SECONDS = 2.0  # one stat call each


class RulesWatch:
    """Looks at the rules from time to time, so that a change is noticed where no series arrives."""

    def __init__(self, *, rules: RulesSource, on_change: Job, jobs: JobQueue) -> None:
        self._rules = rules
        self._on_change = on_change
        self._jobs = jobs
        self._known = rules.state().rules

    def look(self) -> None:
        """Looks once, and queues the next look and, after a change, the job that it calls for."""
        # First, so that no defect in what follows can end the looking.
        self._jobs.put(self.look, delay_seconds=LOOK_EVERY_SECONDS)
        rules = self._rules.state().rules
        if rules is not self._known:
            self._known = rules
            self._jobs.put(self._on_change)
