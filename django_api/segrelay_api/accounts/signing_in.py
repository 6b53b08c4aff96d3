"""Signing in and out, and no more tries than a person needs."""

from __future__ import annotations

from django.utils import timezone

from segrelay_api.accounts.attempts import Attempts, site_of
from segrelay_api.accounts.people import find_person, spelled
from segrelay_api.accounts.sessions import open_session
from segrelay_api.database_calls import in_database

WITHIN_SECONDS = 300.0
by_address = Attempts(most=20, within_seconds=WITHIN_SECONDS)
by_name = Attempts(most=10, within_seconds=WITHIN_SECONDS)


async def sign_in(*, name: str, password: str, address: str) -> str | None:
    """The new session's key; None if name and password do not belong together.

    Raises:
        TooManyAttemptsError: too many were wrong, from this address or for this name.
    """
    site, known_as = site_of(address), spelled(name).casefold()
    by_address.refuse_too_many(site)
    by_name.refuse_too_many(known_as)
    # Noted before the look, or a thousand tries at once would all be let through.
    by_address.note(site)
    by_name.note(known_as)
    key = await in_database(_session_key, name=name, password=password)
    if key is not None:
        by_address.forgive(site)
        by_name.forgive(known_as)
    return key


def _session_key(*, name: str, password: str) -> str | None:
    person = find_person(name=name, password=password)
    return open_session(person=person, now=timezone.now()) if person else None
