# SPDX-License-Identifier: AGPL-3.0-or-later
import heapq
import itertools
import logging
import threading
import time
from collections.abc import Callable

from segrelay_plugin.errors import PermanentError, TransientError

logger = logging.getLogger(__name__)

RETRY_SECONDS = 30.0
AT_ONCE = 0.0  # before any time that a clock can show

Job = Callable[[], None]


class JobQueue:
    """One thread's work list: callbacks hand over here and return at once.

    Urgent jobs come first, and are still done after `close`; the others come when they are due.
    """

    def __init__(self, *, retry_seconds: float = RETRY_SECONDS) -> None:
        self._retry_seconds = retry_seconds
        self._changed = threading.Condition()
        self._waiting: list[tuple[float, int, Job]] = []
        self._order = itertools.count()
        self._closed = False

    def put_urgent(self, job: Job) -> None:
        """Hands over a job that comes before all that are not urgent."""
        self._put(job, due_at=AT_ONCE)

    def put(self, job: Job, *, delay_seconds: float = 0.0) -> None:
        """Hands over a job for when there is time, though not before the delay is over."""
        self._put(job, due_at=time.monotonic() + delay_seconds)

    def close(self) -> None:
        """Ends `run` as soon as no urgent job is left."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def run(self) -> None:
        """Does the jobs, one after the other, until closed; meant for a thread of its own."""
        while (job := self._take()) is not None:
            try:
                job()
            except PermanentError as error:
                logger.info("job_dropped why=%s", error)
            except (TransientError, OSError) as error:
                logger.warning("job_put_off why=%s", error)
                self.put(job, delay_seconds=self._retry_seconds)
            except Exception:
                # One series that trips a defect must not end the tagging of all others.
                logger.exception("job_failed")

    def _put(self, job: Job, *, due_at: float) -> None:
        with self._changed:
            heapq.heappush(self._waiting, (due_at, next(self._order), job))
            self._changed.notify_all()

    def _take(self) -> Job | None:
        with self._changed:
            while True:
                pause = self._pause_seconds()
                if pause <= 0:
                    return heapq.heappop(self._waiting)[2]
                if self._closed:
                    return None
                self._changed.wait(None if pause == float("inf") else pause)

    def _pause_seconds(self) -> float:
        """How long until the first job is due; for ever if there is none to wait for."""
        if not self._waiting:
            return float("inf")
        due_at = self._waiting[0][0]
        if self._closed and due_at != AT_ONCE:
            return float("inf")
        return due_at - time.monotonic()
