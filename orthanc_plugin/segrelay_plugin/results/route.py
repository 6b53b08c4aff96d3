# SPDX-License-Identifier: AGPL-3.0-or-later
import logging

from segrelay_plugin.configuration import Configuration
from segrelay_plugin.errors import (
    ResultRefusedError,
    TicketRefusedError,
    UnknownSeriesError,
    UnknownStudyError,
)
from segrelay_plugin.rest import Reply, Request, error_reply
from segrelay_plugin.results.intake import ResultIntake
from segrelay_plugin.sentences import sentence
from segrelay_plugin.tickets.admission import Admission
from segrelay_plugin.tickets.refusals import Refusals
from segrelay_plugin.tickets.ticket import Ticket

logger = logging.getLogger(__name__)


class ResultsRoute:
    """Takes the results of a request from whoever has its ticket, whatever the account."""

    def __init__(
        self,
        *,
        admission: Admission,
        refusals: Refusals,
        intake: ResultIntake | None,
        configuration: Configuration,
    ) -> None:
        self._admission = admission
        self._refusals = refusals
        self._intake = intake  # None: the configuration allows nothing
        self._configuration = configuration

    def __call__(self, request: Request) -> Reply:
        """The body is one DICOM file."""
        try:
            ticket = self._ticket(request)
        except TicketRefusedError as error:
            return self._without_ticket(request, str(error))
        if self._intake is None:
            problem = self._configuration.connection_problem
            return error_reply(request, 503, "plugin_not_configured", problem=problem)
        try:
            stored = self._intake.take(ticket, request.body)
        except ResultRefusedError as error:
            return _refused(request, ticket, str(error))
        except (UnknownSeriesError, UnknownStudyError):
            series_id = ticket.series_ids[0]
            return error_reply(request, 404, "unknown_series", series_id=series_id)
        return Reply(
            200,
            {
                "success": True,
                "status": stored.status,
                "orthanc_id": stored.instance_id,
                "orthanc_series_id": stored.series_id,
            },
        )

    def _ticket(self, request: Request) -> Ticket:
        ticket = self._admission.ticket_of(request.headers)
        if ticket.request_id != request.groups[0]:
            raise TicketRefusedError("not_in_ticket")
        return ticket

    def _without_ticket(self, request: Request, reason: str) -> Reply:
        """Reached by other accounts alone; the workers' own does not come so far."""
        path = f"/segrelay/requests/{request.groups[0]}/results"
        self._refusals.note(reason=reason, method="POST", path=path, request_id=request.groups[0])
        code = "ticket_required" if reason == "no_ticket" else "ticket_refused"
        return error_reply(request, 403, code)


def _refused(request: Request, ticket: Ticket, code: str) -> Reply:
    logger.warning("result_refused request_id=%s reason=%s", ticket.request_id, code)
    why = sentence(code, language=request.language)
    return error_reply(request, 422, "result_refused", why=why)
