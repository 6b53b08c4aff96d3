# SPDX-License-Identifier: AGPL-3.0-or-later
import json
import threading

from segrelay_plugin.archive import Archive
from segrelay_plugin.errors import UnknownSeriesError
from segrelay_plugin.results.views import entries_in
from segrelay_plugin.tags import REQUEST, RESULTS
from segrelay_plugin.tickets.ticket import Ticket

MOST_KEPT = 100  # results of one series, the newest ones: far more than anybody makes


def request_of_result(archive: Archive, series_id: str) -> str | None:
    """The request that a stored result came of; None for what is no result, or is gone."""
    try:
        return archive.metadata(series_id).get(REQUEST)
    except UnknownSeriesError:
        return None


class ResultLinks:
    """Writes on a result which request it came of, and on its sources that there is a result."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        # One for all: two results of one series must not lose one another.
        self._lock = threading.Lock()

    def link(self, *, ticket: Ticket, kind: str, series_id: str) -> None:
        """Links both ways; again, it changes nothing."""
        entry = {"request_id": ticket.request_id, "kind": kind, "series_id": series_id}
        with self._lock:
            self._put(series_id, REQUEST, ticket.request_id)
            for source_id in ticket.series_ids:
                self._add(source_id, entry)

    def _add(self, source_id: str, entry: dict[str, str]) -> None:
        kept = entries_in(self._archive.metadata(source_id).get(RESULTS, ""))
        if entry not in kept:
            others = [one for one in kept if one["series_id"] != entry["series_id"]]
            self._put(source_id, RESULTS, json.dumps([*others, entry][-MOST_KEPT:]))

    def _put(self, series_id: str, name: str, value: str) -> None:
        if self._archive.metadata(series_id).get(name) != value:
            self._archive.put_metadata(series_id, name, value)
