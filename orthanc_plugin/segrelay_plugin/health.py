# SPDX-License-Identifier: AGPL-3.0-or-later
from collections.abc import Mapping
from datetime import datetime

from segrelay_plugin import __version__
from segrelay_plugin.archive import Archive
from segrelay_plugin.configuration import Configuration
from segrelay_plugin.delivery import Delivery
from segrelay_plugin.django_probe import DjangoProbe
from segrelay_plugin.rest import Reply, Request
from segrelay_plugin.tickets.ticketing import Ticketing


class HealthRoute:
    """Shows the operator what works and, if something does not, why."""

    def __init__(
        self,
        *,
        archive: Archive,
        configuration: Configuration,
        probe: DjangoProbe | None,
        delivery: Delivery | None,
        ticketing: Ticketing,
    ) -> None:
        self._archive = archive
        self._configuration = configuration
        self._probe = probe
        self._delivery = delivery
        self._ticketing = ticketing

    def __call__(self, _request: Request) -> Reply:
        """Always answers 200: that the plugin answers is itself part of the news."""
        connection = self._configuration.connection
        return Reply(
            200,
            {
                "success": True,
                "plugin_version": __version__,
                "orthanc_version": self._archive.version,
                "django": self._django(),
                "rules": self._rules(),
                "outbox": len(connection.outbox) if connection else 0,
                "delivery_error": self._delivery.last_error if self._delivery else None,
                "tickets": self._ticketing.health(),
                "warnings": list(self._configuration.warnings),
            },
        )

    def _django(self) -> Mapping[str, object]:
        if self._probe is None:
            problem = self._configuration.connection_problem
            return {"reachable": False, "checked_at": None, "error": problem}
        state = self._probe.state()
        checked_at = _time(state.checked_at)
        return {"reachable": state.reachable, "checked_at": checked_at, "error": state.error}

    def _rules(self) -> Mapping[str, object]:
        """How many rules hold and since when, and what is wrong with a file that came later."""
        state = self._configuration.rules.state()
        return {
            "loaded": len(state.rules),
            "loaded_at": _time(state.loaded_at),
            "error": state.problem or None,
            "error_at": _time(state.problem_at),
        }


def _time(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="seconds") if moment else None
