# SPDX-License-Identifier: AGPL-3.0-or-later
import json

from segrelay_plugin.archive import Archive
from segrelay_plugin.errors import UnknownSeriesError
from segrelay_plugin.tags import STATE
from segrelay_plugin.tickets.ticket import Ticket


def stored_closed_attempt(archive: Archive, ticket: Ticket) -> int:
    """The last closed attempt as the states on the reference series have it; 0 if they do not.

    Raises:
        ArchiveError: Orthanc cannot say.
    """
    try:
        metadata = archive.metadata(ticket.series_ids[0])
    except UnknownSeriesError:
        return 0
    return closed_attempt_in(metadata.get(STATE, ""), ticket.request_id)


def closed_attempt_in(states: str, request_id: str) -> int:
    """What the metadata `SegrelayState` says of one request; somebody may have overwritten it."""
    try:
        closed = json.loads(states)[request_id]["closed_attempt"]
    except (ValueError, LookupError, TypeError):
        return 0
    return closed if isinstance(closed, int) else 0
