# SPDX-License-Identifier: AGPL-3.0-or-later
"""All that a worker may do in Orthanc, as one table; what is not in it, it may not."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto

from segrelay_plugin.tickets.ticket import Ticket

_ID = "[0-9a-f]{8}(?:-[0-9a-f]{8}){4}"
_UUID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"


class Subject(Enum):
    """What the ticket must name for a call to go on."""

    NOTHING = auto()  # any good ticket will do
    SERIES = auto()  # the series in the path
    INSTANCE = auto()  # the series of the instance in the path, or its request
    REQUEST = auto()  # the request in the path


@dataclass(frozen=True, slots=True)
class Allowed:
    """One line of the table; the path must match from end to end."""

    method: str
    path: re.Pattern[str]
    subject: Subject


def _allowed(method: str, path: str, subject: Subject) -> Allowed:
    return Allowed(method, re.compile(path), subject)


TABLE = (
    _allowed("GET", "/system", Subject.NOTHING),
    _allowed("GET", "/segrelay/health", Subject.NOTHING),
    _allowed("GET", f"/series/({_ID})(?:/instances|/instances-tags|/archive)?", Subject.SERIES),
    _allowed("POST", f"/series/({_ID})/archive", Subject.SERIES),
    _allowed("GET", f"/instances/({_ID})(?:/file|/tags|/simplified-tags)?", Subject.INSTANCE),
    _allowed("POST", f"/segrelay/requests/({_UUID})/results", Subject.REQUEST),
)


@dataclass(frozen=True, slots=True)
class Lookups:
    """What the archive knows of ids; None for what it does not have."""

    series_of_instance: Callable[[str], str | None]
    request_of_result: Callable[[str], str | None]  # by the series of the result


def refusal(method: str, path: str, ticket: Ticket, lookups: Lookups) -> str | None:
    """Why a call with this ticket may not go on; None if it may."""
    for line in TABLE:
        match = line.path.fullmatch(path) if line.method == method else None
        if match is not None:
            named = match[1] if match.lastindex else ""
            return None if _covers(ticket, line.subject, named, lookups) else "not_in_ticket"
    return "not_for_workers"


def _covers(ticket: Ticket, subject: Subject, named: str, lookups: Lookups) -> bool:
    if subject is Subject.SERIES:
        return named in ticket.series_ids
    if subject is Subject.INSTANCE:
        return _covers_instance(ticket, named, lookups)
    if subject is Subject.REQUEST:
        return named == ticket.request_id
    return True


def _covers_instance(ticket: Ticket, instance_id: str, lookups: Lookups) -> bool:
    """An input, or what lies stored as this request's own result: a worker compares the two."""
    series_id = lookups.series_of_instance(instance_id)
    if series_id is None:
        return False
    return series_id in ticket.series_ids or (
        lookups.request_of_result(series_id) == ticket.request_id
    )
