# SPDX-License-Identifier: AGPL-3.0-or-later
from collections.abc import Mapping
from dataclasses import dataclass, field

from segrelay_plugin.settings import SECTION

TICKETS = "Tickets"
DEFAULT_ACCOUNT = "worker"
KEYS = ("Required", "Account", "Secret")
SHORTEST_SECRET_BYTES = 32  # as many as the checksum has that it goes into


@dataclass(frozen=True, slots=True)
class TicketSettings:
    """Which Orthanc account is confined to its tickets, and what they are checked with."""

    required: bool
    account: str
    secret: bytes = field(repr=False)  # empty: no ticket is good
    problem: str  # a sentence for `health`; empty if all is well


def read_ticket_settings(document: Mapping[str, object]) -> TicketSettings:
    """Reads the section from Orthanc's configuration; whatever is wrong in it closes, not opens."""
    section = _section(document)
    required, account, secret = (section.get(key) for key in KEYS)
    problem = _problem(section)
    return TicketSettings(
        required=required is not False,
        account=account if isinstance(account, str) and account else DEFAULT_ACCOUNT,
        secret=_bytes(secret) if not problem else b"",
        problem=problem,
    )


def _section(document: Mapping[str, object]) -> Mapping[str, object]:
    ours = document.get(SECTION)
    section = ours.get(TICKETS) if isinstance(ours, Mapping) else None
    return section if isinstance(section, Mapping) else {}


def _problem(section: Mapping[str, object]) -> str:
    required = section.get("Required", True)
    account = section.get("Account", DEFAULT_ACCOUNT)
    secret = section.get("Secret", "")
    misspelt = sorted(set(section) - set(KEYS))
    if misspelt:
        return _sentence(misspelt[0], f"is not known: it takes {', '.join(KEYS)}")
    if not isinstance(required, bool):
        return _sentence("Required", "must be true or false")
    if not isinstance(account, str) or not account:
        return _sentence("Account", "must be the name of an account of Orthanc")
    if not required and not secret:
        return ""
    if len(_bytes(secret)) < SHORTEST_SECRET_BYTES:
        return _sentence(
            "Secret",
            f"is missing or shorter than {SHORTEST_SECRET_BYTES} bytes: set SEGRELAY_TICKET_SECRET"
            " in Orthanc's environment to the TICKET_SECRET of Django",
        )
    return ""


def _sentence(key: str, what: str) -> str:
    return f'"{SECTION}.{TICKETS}.{key}" in orthanc.json {what}.'


def _bytes(secret: object) -> bytes:
    """As Django has them; half a character is none, and would raise."""
    return secret.encode(errors="replace") if isinstance(secret, str) else b""
