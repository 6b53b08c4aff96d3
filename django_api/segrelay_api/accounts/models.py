from __future__ import annotations

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import models
from django.db.models import Q

from segrelay_api.accounts.principal import PEOPLE, Principal, Role

LONGEST_NAME = 100


def _choices(roles: frozenset[Role]) -> list[tuple[str, str]]:
    return sorted((role.value, role.value) for role in roles)


class AccessToken(models.Model):
    """A bearer token; only its SHA-256 is kept, which is enough for 256 random bits."""

    name = models.CharField(max_length=LONGEST_NAME)
    role = models.CharField(max_length=16, choices=_choices(frozenset(Role)))
    digest = models.CharField(max_length=64, unique=True)  # hexadecimal
    created_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["name"], condition=Q(revoked_at=None), name="one_token_in_force_per_name"
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def principal(self) -> Principal:
        """As whom its bearer calls."""
        return Principal(self.name, Role(self.role))


class Person(AbstractBaseUser):
    """Somebody who signs in on the page; the password is hashed as Django does."""

    name = models.CharField(max_length=LONGEST_NAME, unique=True)
    role = models.CharField(max_length=16, choices=_choices(PEOPLE))
    is_active = models.BooleanField(default=True)

    USERNAME_FIELD = "name"

    def __str__(self) -> str:
        return self.name

    @property
    def principal(self) -> Principal:
        """As whom they call."""
        return Principal(self.name, Role(self.role))
