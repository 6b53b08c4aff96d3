# SPDX-License-Identifier: AGPL-3.0-or-later
import logging
import threading
from collections.abc import Mapping

from segrelay_plugin.backoff import Backoff
from segrelay_plugin.django_client import DjangoClient
from segrelay_plugin.errors import DjangoUnreachableError, EventRefusedError, TransientError
from segrelay_plugin.outbox import Outbox, WaitingEvent

logger = logging.getLogger(__name__)

MOST_SILENCES = 3  # one event that Django chokes on is no outage; three in a round are


class Delivery:
    """Tells Django what the outbox holds, in order, until Django took it."""

    def __init__(self, *, outbox: Outbox, django: DjangoClient, backoff: Backoff) -> None:
        self._outbox = outbox
        self._django = django
        self._backoff = backoff
        self._stopping = threading.Event()
        self.last_error: str | None = None

    def run(self) -> None:
        """Delivers until `stop`; meant for a thread of its own."""
        while not self._stopping.is_set():
            if self._deliver_and_report():
                self._backoff.reset()
                self._outbox.wait()
            else:
                self._stopping.wait(self._backoff.pause_seconds())

    def stop(self) -> None:
        """Ends `run` after the call that is under way."""
        self._stopping.set()
        self._outbox.wake()

    def deliver_waiting(self) -> bool:
        """One round over the outbox; False if something has to be tried again later.

        An event that Django cannot take now holds up the later ones of its own series only.
        """
        held_series: set[object] = set()
        silences = 0
        self.last_error = None
        for event in self._outbox.waiting():
            payload = self._load(event)
            if payload is None or payload["series_id"] in held_series:
                continue
            failure = self._tell(event, payload)
            if failure is not None:
                self.last_error = str(failure)
                held_series.add(payload["series_id"])
                silences += isinstance(failure, DjangoUnreachableError)
            if silences == MOST_SILENCES or self._stopping.is_set():
                return False
        return not held_series

    def _deliver_and_report(self) -> bool:
        try:
            return self.deliver_waiting()
        except Exception as error:
            # The thread must outlive a full disk or a defect, else events would wait for ever.
            logger.exception("delivery_failed")
            self.last_error = f"{type(error).__name__}: {error}"
            return False

    def _load(self, event: WaitingEvent) -> Mapping[str, object] | None:
        try:
            return event.load()
        except ValueError:
            logger.exception("event_damaged file=%s", event.path.name)
            self._outbox.set_aside(event)
            return None

    def _tell(self, event: WaitingEvent, payload: Mapping[str, object]) -> TransientError | None:
        try:
            self._django.tell(payload)
        except TransientError as failure:
            return failure
        except EventRefusedError as refusal:
            logger.warning("event_refused series_id=%s why=%s", payload["series_id"], refusal)
        self._outbox.remove(event)
        return None
