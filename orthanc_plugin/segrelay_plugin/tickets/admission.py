# SPDX-License-Identifier: AGPL-3.0-or-later
from collections.abc import Callable, Mapping

from segrelay_plugin.errors import TicketRefusedError
from segrelay_plugin.tickets.attempts import Attempts
from segrelay_plugin.tickets.ticket import Ticket, verified_ticket

HEADER = "segrelay-ticket"  # as Orthanc hands over all names: in lower case


class Admission:
    """Takes the ticket of a call: signed, of now, and of the attempt that has the request."""

    def __init__(self, *, secret: bytes, attempts: Attempts, now: Callable[[], float]) -> None:
        self._secret = secret
        self._attempts = attempts
        self._now = now  # seconds since 1970

    def ticket_of(self, headers: Mapping[str, str]) -> Ticket:
        """The ticket that came with a call.

        Raises:
            TicketRefusedError: there is none, or it is not good now.
            ArchiveError: Orthanc cannot say whether its attempt is over.
        """
        if not self._secret:
            raise TicketRefusedError("no_secret")
        text = headers.get(HEADER)
        if text is None:
            raise TicketRefusedError("no_ticket")
        ticket = verified_ticket(text, secret=self._secret, now_seconds=self._now())
        self._attempts.require_current(ticket)
        return ticket
