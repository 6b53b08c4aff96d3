"""What identity refuses.

AccountsError
├── NameTakenError        somebody else is called so, and events could not tell them apart
├── UnknownNameError      nobody is called so
├── ForeignOriginError    a call with a session that did not come from Segrelay's own pages
└── TooManyAttemptsError  too many failures from one address or under one name
"""

from __future__ import annotations


class AccountsError(Exception):
    """Base of all."""


class NameTakenError(AccountsError):
    """Somebody else is called so, and events could not tell them apart."""


class UnknownNameError(AccountsError):
    """Nobody is called so."""


class ForeignOriginError(AccountsError):
    """A call with a session that did not come from Segrelay's own pages."""


class TooManyAttemptsError(AccountsError):
    """Too many failures from one address or under one name; `wait_seconds` says how long."""

    def __init__(self, wait_seconds: int) -> None:
        super().__init__(wait_seconds)
        self.wait_seconds = wait_seconds
