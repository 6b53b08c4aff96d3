# SPDX-License-Identifier: AGPL-3.0-or-later
import json
import os
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from segrelay_plugin.events import Event, as_payload

SUFFIX = ".json"
EVENT_FILE = re.compile(rf"(?P<number>\d+)-(?P<event_id>.+){re.escape(SUFFIX)}")
UNFINISHED_SUFFIX = ".part"


@dataclass(slots=True)
class WaitingEvent:
    """One event in the outbox; the file is read only when it is sent."""

    path: Path
    number: int
    event_id: str
    series_id: object = None  # known once the file was read

    def load(self) -> Mapping[str, object]:
        """The payload.

        Raises:
            ValueError: the file is damaged.
            FileNotFoundError: somebody deleted it.
        """
        payload = json.loads(self.path.read_bytes())
        if not isinstance(payload, dict) or "series_id" not in payload:
            raise ValueError(f"{self.path.name} holds no event")
        self.series_id = payload["series_id"]
        return payload


class Outbox:
    """What Django still has to be told, one file per event, oldest first; survives restarts.

    A file appears whole or not at all, and an added event is on the disk when `add` returns. The
    folder is read at the start only: from then on nothing takes longer the more events wait.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder = folder
        self._lock = threading.Lock()
        self._added = threading.Event()
        for unfinished in folder.glob(f"*{UNFINISHED_SUFFIX}"):
            unfinished.unlink()
        found = sorted(_events_in(folder), key=lambda event: event.number)
        self._events = {event.event_id: event for event in found}
        self._last_number = found[-1].number if found else 0

    def add(self, event: Event) -> None:
        """Keeps an event until it is removed; one that waits already is not kept twice.

        Raises:
            OSError: it could not be written, and is not kept.
        """
        content = json.dumps(as_payload(event)).encode()
        with self._lock:
            if event.event_id in self._events:
                return
            number = self._last_number + 1
            path = self._folder / f"{number:012d}-{event.event_id}{SUFFIX}"
            _write_durably(path, content)
            self._last_number = number
            waiting = WaitingEvent(path, number, event.event_id, event.series_id)
            self._events[event.event_id] = waiting
        self._added.set()

    def waiting(self) -> list[WaitingEvent]:
        """The events that wait, oldest first."""
        with self._lock:
            return list(self._events.values())

    def remove(self, event: WaitingEvent) -> None:
        """Forgets an event that was told, or that Django will never take."""
        event.path.unlink(missing_ok=True)
        self._forget(event)

    def set_aside(self, event: WaitingEvent) -> None:
        """Keeps a damaged file for the operator, out of the way of the others."""
        event.path.rename(event.path.with_suffix(".damaged"))
        self._forget(event)

    def wait(self, seconds: float | None = None) -> None:
        """Returns once something was added (or `wake` was called) since the last call.

        Also returns when the seconds are over, if there are any.
        """
        self._added.wait(seconds)
        self._added.clear()

    def wake(self) -> None:
        """Ends a `wait`."""
        self._added.set()

    def __len__(self) -> int:
        return len(self._events)

    def _forget(self, event: WaitingEvent) -> None:
        with self._lock:
            self._events.pop(event.event_id, None)


def _events_in(folder: Path) -> list[WaitingEvent]:
    """What a former process left; files of other names are somebody else's."""
    matches = ((path, EVENT_FILE.fullmatch(path.name)) for path in folder.iterdir())
    return [
        WaitingEvent(path, int(match["number"]), match["event_id"])
        for path, match in matches
        if match
    ]


def _write_durably(path: Path, content: bytes) -> None:
    unfinished = path.with_suffix(UNFINISHED_SUFFIX)
    with unfinished.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    unfinished.rename(path)
    # The new name itself must survive a power cut, too.
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
