# SPDX-License-Identifier: AGPL-3.0-or-later
import logging
import threading

from segrelay_plugin.backoff import Backoff
from segrelay_plugin.django_client import DjangoClient
from segrelay_plugin.errors import DjangoUnreachableError, EventNotTakenError, EventRefusedError
from segrelay_plugin.outbox import Outbox, WaitingEvent

logger = logging.getLogger(__name__)


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
        self.last_error = None
        for event in self._outbox.waiting():
            if self._stopping.is_set():
                return False
            try:
                self._deliver(event, held_series)
            except DjangoUnreachableError as error:
                self.last_error = str(error)
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

    def _deliver(self, event: WaitingEvent, held_series: set[object]) -> None:
        try:
            payload = event.load()
        except ValueError:
            logger.exception("event_damaged file=%s", event.path.name)
            self._outbox.set_aside(event)
            return
        series_id = payload["series_id"]
        if series_id in held_series:
            return
        try:
            self._django.tell(payload)
        except EventNotTakenError as error:
            self.last_error = str(error)
            held_series.add(series_id)
            return
        except EventRefusedError as error:
            logger.warning(
                "event_refused event=%s series_id=%s why=%s", payload.get("event"), series_id, error
            )
        self._outbox.remove(event)
