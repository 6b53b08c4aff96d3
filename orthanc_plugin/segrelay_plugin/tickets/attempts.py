# SPDX-License-Identifier: AGPL-3.0-or-later
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from segrelay_plugin.errors import TicketRefusedError
from segrelay_plugin.tickets.ticket import Ticket

MOST_REQUESTS = 10_000  # that are remembered; those in hand are far fewer

StoredClosed = Callable[[Ticket], int]  # the last closed attempt as the archive remembers it


@dataclass(slots=True)
class _Known:
    newest: int = 0  # seen in a good ticket
    closed: int = 0  # told by Django; this one and all before it are over
    is_looked_up: bool = False  # what Django tells after a restart may be older than the archive's


class Attempts:
    """Which attempt at each request is the current one, so that older tickets can be refused.

    Django tells which are over; a newer attempt tells it too. Requests that were not heard of for
    longest are forgotten first, and looked up in the archive when they come again.
    """

    def __init__(self, *, stored_closed: StoredClosed, most: int = MOST_REQUESTS) -> None:
        self._stored_closed = stored_closed
        self._most = most
        self._lock = threading.Lock()
        self._known: OrderedDict[str, _Known] = OrderedDict()

    def close(self, request_id: str, attempt: int) -> None:
        """Refuses from now on the tickets of this attempt and of those before it."""
        with self._lock:
            known = self._of(request_id)
            known.closed = max(known.closed, attempt)

    def require_current(self, ticket: Ticket) -> None:
        """Remembers the attempt of a ticket that is good in all else.

        Raises:
            TicketRefusedError: the attempt is over.
            ArchiveError: the archive could not say.
        """
        # Asked for outside the lock: the archive may take its time.
        stored_closed = 0 if self._is_looked_up(ticket) else self._stored_closed(ticket)
        with self._lock:
            known = self._of(ticket.request_id)
            known.is_looked_up = True
            known.closed = max(known.closed, stored_closed)
            if ticket.attempt <= known.closed:
                raise TicketRefusedError("attempt_closed")
            if ticket.attempt < known.newest:
                raise TicketRefusedError("attempt_outdated")
            known.newest = ticket.attempt

    def _is_looked_up(self, ticket: Ticket) -> bool:
        with self._lock:
            known = self._known.get(ticket.request_id)
            return known is not None and known.is_looked_up

    def _of(self, request_id: str) -> _Known:
        known = self._known.setdefault(request_id, _Known())
        self._known.move_to_end(request_id)
        if len(self._known) > self._most:
            self._known.popitem(last=False)
        return known
