# SPDX-License-Identifier: AGPL-3.0-or-later
import json
import os
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from segrelay_plugin.events import Event, as_payload

SUFFIX = ".json"
UNFINISHED_SUFFIX = ".part"


@dataclass(frozen=True, slots=True)
class WaitingEvent:
    """One event in the outbox; the file is read only when it is sent."""

    path: Path

    def load(self) -> Mapping[str, object]:
        """The payload.

        Raises:
            ValueError: the file is damaged.
        """
        payload = json.loads(self.path.read_bytes())
        if not isinstance(payload, dict) or "series_id" not in payload:
            raise ValueError(f"{self.path.name} holds no event")
        return payload


class Outbox:
    """What Django still has to be told, one file per event, oldest first; survives restarts.

    A file appears whole or not at all, and an added event is on the disk when `add` returns.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder = folder
        self._lock = threading.Lock()
        self._added = threading.Event()
        for unfinished in folder.glob(f"*{UNFINISHED_SUFFIX}"):
            unfinished.unlink()
        numbers = [int(path.name.split("-", 1)[0]) for path in self._paths()]
        self._last_number = max(numbers, default=0)

    def add(self, event: Event) -> None:
        """Keeps an event until it is removed; one that waits already is not kept twice.

        Raises:
            OSError: it could not be written, and is not kept.
        """
        content = json.dumps(as_payload(event)).encode()
        with self._lock:
            if any(self._folder.glob(f"*-{event.event_id}{SUFFIX}")):
                return
            number = self._last_number + 1
            path = self._folder / f"{number:012d}-{event.event_id}{SUFFIX}"
            _write_durably(path, content)
            self._last_number = number
        self._added.set()

    def waiting(self) -> list[WaitingEvent]:
        """The events that wait, oldest first."""
        return [WaitingEvent(path) for path in self._paths()]

    def remove(self, event: WaitingEvent) -> None:
        """Forgets an event that was told, or that Django will never take."""
        event.path.unlink(missing_ok=True)

    def set_aside(self, event: WaitingEvent) -> None:
        """Keeps a damaged file for the operator, out of the way of the others."""
        event.path.rename(event.path.with_suffix(".damaged"))

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
        return len(self._paths())

    def _paths(self) -> list[Path]:
        return sorted(self._folder.glob(f"*-*{SUFFIX}"))


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
