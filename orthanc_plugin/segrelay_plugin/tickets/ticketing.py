# SPDX-License-Identifier: AGPL-3.0-or-later
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

from segrelay_plugin.archive import Archive
from segrelay_plugin.tickets.access import Lookups
from segrelay_plugin.tickets.admission import Admission
from segrelay_plugin.tickets.attempts import Attempts
from segrelay_plugin.tickets.closed_attempts import stored_closed_attempt
from segrelay_plugin.tickets.parent_series import ParentSeries
from segrelay_plugin.tickets.refusals import Refusals
from segrelay_plugin.tickets.request_filter import OpenFilter, RequestFilter
from segrelay_plugin.tickets.settings import TicketSettings, read_ticket_settings
from segrelay_plugin.tickets.worker_account import WorkerAccount, read_worker_account

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Ticketing:
    """All that has to do with tickets, put together."""

    settings: TicketSettings
    account: WorkerAccount
    attempts: Attempts
    admission: Admission
    refusals: Refusals
    request_filter: RequestFilter | OpenFilter

    @property
    def warnings(self) -> list[str]:
        """What leaves workers unconfined, as sentences."""
        if self.settings.required:
            return [self.account.unconfined] if self.account.unconfined else []
        name = self.account.name
        return [f'Tickets are not required: the account "{name}" may do everything in Orthanc.']

    def health(self) -> Mapping[str, object]:
        """The part of `health` about tickets."""
        last = self.refusals.last
        return {
            "required": self.settings.required,
            "account": self.account.name,
            "error": self.settings.problem or None,
            "warnings": self.warnings,
            "refused": self.refusals.count,
            "last_refusal": (
                {"reason": last.reason, "at": last.at.isoformat(timespec="seconds")}
                if last
                else None
            ),
        }


def assemble_ticketing(
    document: Mapping[str, object],
    archive: Archive,
    *,
    request_of_result: Callable[[str], str | None],
) -> Ticketing:
    """Reads the configuration of tickets, and says in the log what it leaves open or shut."""
    settings = read_ticket_settings(document)
    account = read_worker_account(document, settings.account)
    attempts = Attempts(stored_closed=partial(stored_closed_attempt, archive))
    admission = Admission(secret=settings.secret, attempts=attempts, now=time.time)
    refusals = Refusals(now=lambda: datetime.now(UTC))
    lookups = Lookups(ParentSeries(archive).of, request_of_result)
    ticketing = Ticketing(
        settings=settings,
        account=account,
        attempts=attempts,
        admission=admission,
        refusals=refusals,
        request_filter=(
            RequestFilter(account=account, admission=admission, lookups=lookups, refusals=refusals)
            if settings.required
            else OpenFilter()
        ),
    )
    _log(ticketing)
    return ticketing


def _log(ticketing: Ticketing) -> None:
    if ticketing.settings.problem:
        logger.error("no_ticket_is_good why=%s", ticketing.settings.problem)
    for warning in ticketing.warnings:
        logger.warning("workers_unconfined why=%s", warning)
