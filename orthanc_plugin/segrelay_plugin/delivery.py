# SPDX-License-Identifier: AGPL-3.0-or-later
import logging
import threading
from collections.abc import Mapping

from segrelay_plugin.backoff import Backoff
from segrelay_plugin.django_client import DjangoClient
from segrelay_plugin.errors import DjangoUnreachableError, EventRefusedError, TransientError
from segrelay_plugin.outbox import Outbox, WaitingEvent
from segrelay_plugin.put_off import PutOff

logger = logging.getLogger(__name__)

MOST_SILENCES = 3  # one event that Django chokes on is no outage; three in a row are


class Delivery:
    """Tells Django what the outbox holds, in order, until Django took it."""

    def __init__(
        self, *, outbox: Outbox, django: DjangoClient, backoff: Backoff, put_off: PutOff
    ) -> None:
        self._outbox = outbox
        self._django = django
        self._backoff = backoff
        self._put_off = put_off
        self._stopping = threading.Event()
        self.last_error: str | None = None

    def run(self) -> None:
        """Delivers until `stop`; meant for a thread of its own."""
        while not self._stopping.is_set():
            if self._deliver_and_report():
                self._backoff.reset()
                self._outbox.wait(self._put_off.seconds_until_next())
            else:
                self._stopping.wait(self._backoff.pause_seconds())

    def stop(self) -> None:
        """Ends `run` after the call that is under way."""
        self._stopping.set()
        self._outbox.wake()

    def deliver_waiting(self) -> bool:
        """One round over the outbox; False if Django fell silent, so that all has to wait.

        An event that was not taken holds up the later ones of its own series, and no other: the
        next round starts with those that were not tried yet.
        """
        held_series = self._put_off.waiting()
        seen_series: set[object] = set()
        silences = 0
        for event in self._outbox.waiting():
            if event.series_id in held_series:
                seen_series.add(event.series_id)
                continue  # without reading it again and again
            payload = self._load(event)
            if payload is None:
                continue
            seen_series.add(payload["series_id"])
            if payload["series_id"] in held_series:
                continue
            failure = self._tell(event, payload)
            if failure is not None:
                held_series.add(payload["series_id"])
            silences = silences + 1 if isinstance(failure, DjangoUnreachableError) else 0
            if silences == MOST_SILENCES or self._stopping.is_set():
                break
        else:
            self._put_off.keep(seen_series)
        if not held_series & seen_series:
            self.last_error = None
        return silences == 0

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
        except FileNotFoundError:
            logger.warning("event_deleted file=%s", event.path.name)
            self._outbox.remove(event)
            return None
        except ValueError:
            logger.exception("event_damaged file=%s", event.path.name)
            self._outbox.set_aside(event)
            return None

    def _tell(self, event: WaitingEvent, payload: Mapping[str, object]) -> TransientError | None:
        series_id = payload["series_id"]
        try:
            self._django.tell(payload)
        except TransientError as failure:
            self.last_error = str(failure)
            self._put_off.put_off(series_id)
            return failure
        except EventRefusedError as refusal:
            logger.warning("event_refused series_id=%s why=%s", series_id, refusal)
        self._outbox.remove(event)
        self._put_off.forget(series_id)
        return None
