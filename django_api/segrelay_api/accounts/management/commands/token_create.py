from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from segrelay_api.accounts import tokens
from segrelay_api.accounts.errors import NameTakenError
from segrelay_api.accounts.models import LONGEST_NAME
from segrelay_api.accounts.principal import Role


class Command(BaseCommand):
    """`manage.py token_create NAME --role ROLE`."""

    help = "Makes a token and prints it this one time; the database keeps only its hash."

    def add_arguments(self, parser: CommandParser) -> None:
        """Name and role."""
        parser.add_argument("name", help="under which events record what its bearer did")
        parser.add_argument("--role", required=True, choices=[role.value for role in Role])

    def handle(self, *_args: Any, name: str, role: str, **_options: Any) -> None:
        """Prints the token alone, so that a script can take it."""
        if not 0 < len(name) <= LONGEST_NAME:
            raise CommandError(f"A name has 1 to {LONGEST_NAME} characters. Choose another one.")
        try:
            token = tokens.create_token(name=name, role=Role(role), now=timezone.now())
        except NameTakenError as error:
            raise CommandError(
                f"{name} is the name of a person or of a token in force. "
                "Choose another name, or revoke that token first."
            ) from error
        self.stdout.write(token)
        self.stderr.write("Keep it now: it cannot be shown again.")
