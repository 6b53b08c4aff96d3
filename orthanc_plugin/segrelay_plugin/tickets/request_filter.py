# SPDX-License-Identifier: AGPL-3.0-or-later
from collections.abc import Mapping

from segrelay_plugin.errors import ArchiveError, TicketRefusedError
from segrelay_plugin.tickets.access import Lookups, refusal
from segrelay_plugin.tickets.admission import Admission
from segrelay_plugin.tickets.refusals import Refusals
from segrelay_plugin.tickets.ticket import Ticket
from segrelay_plugin.tickets.worker_account import WorkerAccount

METHODS = {1: "GET", 2: "POST", 3: "PUT", 4: "DELETE"}  # OrthancPluginHttpMethod of the plugin SDK


class RequestFilter:
    """Lets the workers' account do what its ticket says, and nothing else.

    Orthanc asks before each HTTP call, after it has checked the password and decoded the path.
    """

    def __init__(
        self,
        *,
        account: WorkerAccount,
        admission: Admission,
        lookups: Lookups,
        refusals: Refusals,
    ) -> None:
        self._account = account
        self._admission = admission
        self._lookups = lookups
        self._refusals = refusals

    def allows(self, path: str, *, method: int, headers: Mapping[str, str]) -> bool:
        """Whether a call may go on; all other accounts' may, without a further look."""
        if not self._account.is_shown_in(headers):
            return True
        name = METHODS.get(method, str(method))
        ticket = None
        try:
            ticket = self._admission.ticket_of(headers)
            reason = refusal(name, path, ticket, self._lookups)
        except TicketRefusedError as error:
            reason = str(error)
        except ArchiveError:
            reason = "archive_unavailable"
        if reason is None:
            return True
        self._note(reason, name, path, ticket)
        return False

    def _note(self, reason: str, method: str, path: str, ticket: Ticket | None) -> None:
        request_id = ticket.request_id if ticket else None
        self._refusals.note(reason=reason, method=method, path=path, request_id=request_id)


class OpenFilter:
    """Lets everybody do everything: what there is where tickets are not required."""

    def allows(self, _path: str, *, method: int, headers: Mapping[str, str]) -> bool:  # noqa: ARG002 - as above
        """Always."""
        return True
