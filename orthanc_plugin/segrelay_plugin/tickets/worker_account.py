# SPDX-License-Identifier: AGPL-3.0-or-later
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field

BASIC = "basic"


@dataclass(frozen=True, slots=True)
class WorkerAccount:
    """The account that may do only what its tickets say, and how its calls are known."""

    name: str
    credentials: str = field(repr=False)  # as they stand after "Basic "; empty: nobody has them
    unconfined: str  # why calls of a worker may come without them; empty: they cannot

    def is_shown_in(self, headers: Mapping[str, str]) -> bool:
        """Whether a call is this account's; Orthanc has compared the same text before.

        Orthanc takes "Basic " and no other form; were it ever to take more, so is this.
        """
        shown = headers.get("authorization", "")
        if self.credentials not in shown:  # most calls end here
            return False
        scheme, _, credentials = shown.strip().partition(" ")
        return scheme.lower() == BASIC and credentials.strip() == self.credentials != ""


def read_worker_account(document: Mapping[str, object], name: str) -> WorkerAccount:
    """The account as Orthanc's configuration has it."""
    accounts = document.get("RegisteredUsers")
    password = accounts.get(name) if isinstance(accounts, Mapping) else None
    is_registered = isinstance(password, str)
    credentials = f"{name}:{password}".encode(errors="replace") if is_registered else b""
    return WorkerAccount(
        name=name,
        credentials=b64encode(credentials).decode(),
        unconfined=_unconfined(document, name, is_registered=is_registered),
    )


def _unconfined(document: Mapping[str, object], name: str, *, is_registered: bool) -> str:
    # Where it is left out, Orthanc asks for passwords as soon as other machines may call.
    asks = document.get("AuthenticationEnabled", document.get("RemoteAccessAllowed", False))
    if not asks:
        return (
            "Orthanc asks for no passwords, so whoever calls it may do everything, and no ticket"
            ' confines a worker: set "AuthenticationEnabled" in orthanc.json.'
        )
    if not is_registered:
        return (
            f'No account is confined to tickets: "{name}" is not in "RegisteredUsers" of'
            ' orthanc.json. Name the workers\' account in "Segrelay.Tickets.Account".'
        )
    return ""
