# SPDX-License-Identifier: AGPL-3.0-or-later
import threading
from collections.abc import Callable

from segrelay_plugin.archive import Archive
from segrelay_plugin.states.labels import CANDIDATE, labels_of, put_labels
from segrelay_plugin.states.request_state import (
    RequestState,
    newest_by_model,
    states_as_json,
    states_from_json,
    updated,
)
from segrelay_plugin.tags import STATE, tags_in

CloseAttempt = Callable[[str, int], None]  # request and attempt: it and those before are over


class StateMirror:
    """Keeps on each series how far its requests are, as Django tells."""

    def __init__(self, *, archive: Archive, close_attempt: CloseAttempt) -> None:
        self._archive = archive
        self._close_attempt = close_attempt
        # One for all series: an update takes milliseconds, and two must not lose one another.
        self._lock = threading.Lock()

    def take(self, *, series_id: str, told: RequestState) -> bool:
        """Takes one update; False if it is old news.

        The labels are put right in any case: a crash may have come between states and labels.
        """
        self._close_attempt(told.request_id, told.closed_attempt)
        with self._lock:
            before = states_from_json(self._archive.metadata(series_id).get(STATE, ""))
            after = updated(before, told)
            if after != before:
                self._archive.put_metadata(series_id, STATE, states_as_json(after))
            put_labels(self._archive, series_id, labels_of(newest_by_model(after)))
        return after != before

    def repair_labels(self, *, series_id: str) -> None:
        """Makes the labels of a series what its metadata say, where Orthanc has labels."""
        if not self._archive.has_labels:
            return
        with self._lock:
            metadata = self._archive.metadata(series_id)
            states = newest_by_model(states_from_json(metadata.get(STATE, "")))
            candidate = {CANDIDATE} if tags_in(metadata) else set()
            if candidate or STATE in metadata:
                put_labels(self._archive, series_id, labels_of(states) | candidate)
