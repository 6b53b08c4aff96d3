"""Tokens in the database: made, revoked, recognised; services and their one selector."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Q

from segrelay_api.accounts.errors import NameTakenError, UnknownNameError
from segrelay_api.accounts.models import AccessToken, Person
from segrelay_api.accounts.principal import Role

RANDOM_BYTES = 32
PREFIX = "segrelay_"  # so that a scanner finds one that was published by mistake
USE_IS_NOTED_EVERY = timedelta(minutes=1)


def create_token(*, name: str, role: Role, now: datetime) -> str:
    """The token, which nobody can read again.

    Raises:
        NameTakenError: a person or another token in force has the name.
    """
    if Person.objects.filter(name=name).exists():
        raise NameTakenError
    token = PREFIX + secrets.token_urlsafe(RANDOM_BYTES)
    try:
        with transaction.atomic():
            AccessToken.objects.create(
                name=name, role=role, digest=digest_of(token), created_at=now
            )
    except IntegrityError as error:
        raise NameTakenError from error
    return token


def revoke_token(*, name: str, now: datetime) -> None:
    """From now on the token is like one that nobody has. Raises UnknownNameError."""
    if not AccessToken.objects.filter(name=name, revoked_at=None).update(revoked_at=now):
        raise UnknownNameError


def is_any_in_force(*, role: Role) -> bool:
    """Whether anybody can call in this role."""
    return AccessToken.objects.filter(role=role, revoked_at=None).exists()


def find_token(*, token: str) -> AccessToken | None:
    """The token in force with this text."""
    return AccessToken.objects.filter(digest=digest_of(token), revoked_at=None).first()


def is_use_worth_noting(token: AccessToken, *, now: datetime) -> bool:
    """Whether the last note is old enough."""
    return token.last_used_at is None or token.last_used_at <= now - USE_IS_NOTED_EVERY


def note_use(*, token_id: int, now: datetime) -> None:
    """Notes the use, unless another call did so less than a minute ago."""
    is_old = Q(last_used_at=None) | Q(last_used_at__lte=now - USE_IS_NOTED_EVERY)
    AccessToken.objects.filter(is_old, pk=token_id).update(last_used_at=now)


def digest_of(token: str) -> str:
    """What the database keeps instead of the token."""
    return hashlib.sha256(token.encode()).hexdigest()
