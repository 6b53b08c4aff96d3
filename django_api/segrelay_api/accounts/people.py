"""People with passwords: made, changed, closed, recognised."""

from __future__ import annotations

import unicodedata

from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.db import IntegrityError, transaction

from segrelay_api.accounts.errors import NameTakenError, UnknownNameError
from segrelay_api.accounts.models import AccessToken, Person
from segrelay_api.accounts.principal import Role


def create_person(*, name: str, role: Role, password: str) -> Person:
    """Somebody new.

    Raises:
        NameTakenError: a person or a token in force has the name.
        ValidationError: the password is too easy; its messages say why.
    """
    person = Person(name=spelled(name), role=role)
    validate_password(password, person)
    person.set_password(password)
    if AccessToken.objects.filter(name=person.name, revoked_at=None).exists():
        raise NameTakenError
    try:
        with transaction.atomic():
            person.save()
    except IntegrityError as error:
        raise NameTakenError from error
    return person


def change_person(
    *,
    name: str,
    role: Role | None = None,
    password: str | None = None,
    is_active: bool | None = None,
) -> None:
    """Changes what is given; takes effect with the next call of the person.

    Raises:
        UnknownNameError: nobody is called so.
        ValidationError: the password is too easy; its messages say why.
    """
    person = Person.objects.filter(name=spelled(name)).first()
    if person is None:
        raise UnknownNameError
    if password is not None:
        validate_password(password, person)
        person.set_password(password)
    person.role = role or person.role
    person.is_active = person.is_active if is_active is None else is_active
    person.save()


def find_person(*, name: str, password: str) -> Person | None:
    """Who signs in; takes as long for a name that nobody has."""
    person = Person.objects.filter(name=spelled(name), is_active=True).first()
    if person is None:
        make_password(password)  # as much work as a check
        return None
    return person if person.check_password(password) else None


def spelled(name: str) -> str:
    """One spelling for what looks the same: Hangul can be typed in two ways."""
    # PostgreSQL cannot store a NUL, nor look for one.
    return unicodedata.normalize("NFKC", name).replace("\0", "").strip()
