"""Django's sessions in the database, so that signing out ends one wherever its cookie is.

Read only by those who ask who calls and written only by signing in and out: no middleware, and
nothing is held while a call waits.
"""

from __future__ import annotations

from datetime import datetime

from django.contrib.sessions.backends.db import SessionStore
from django.utils.crypto import constant_time_compare

from segrelay_api.accounts.models import Person
from segrelay_api.accounts.principal import Principal

PERSON = "person"
FINGERPRINT = "fingerprint"  # of the password: a new one ends the sessions of the old one


def open_session(*, person: Person, now: datetime) -> str:
    """The key of a new session; nobody can have known it before the person signed in."""
    SessionStore.clear_expired()
    session = SessionStore()
    session[PERSON] = person.pk
    session[FINGERPRINT] = person.get_session_auth_hash()
    session.create()
    Person.objects.filter(pk=person.pk).update(last_login=now)
    return str(session.session_key)


def close_session(*, key: str) -> None:
    """The key opens nothing any more."""
    if key.isalnum():
        SessionStore(key).delete()


def principal_of_session(*, key: str) -> Principal | None:
    """Who signed in, if they still may."""
    if not key.isalnum():  # PostgreSQL refuses a NUL, which a cookie can hold
        return None
    session = SessionStore(key)
    person = Person.objects.filter(pk=session.get(PERSON, 0), is_active=True).first()
    if person is None:
        return None
    fingerprint = session.get(FINGERPRINT, "")
    is_theirs = constant_time_compare(fingerprint, person.get_session_auth_hash())
    return person.principal if is_theirs else None
