from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from segrelay_api.accounts import tokens
from segrelay_api.accounts.errors import UnknownNameError


class Command(BaseCommand):
    """`manage.py token_revoke NAME`."""

    help = "Ends a token with the next call that shows it; the name may be used again."

    def add_arguments(self, parser: CommandParser) -> None:
        """Name of the token."""
        parser.add_argument("name")

    def handle(self, *_args: Any, name: str, **_options: Any) -> None:
        """Says nothing where it worked."""
        try:
            tokens.revoke_token(name=name, now=timezone.now())
        except UnknownNameError as error:
            raise CommandError(
                f"No token in force is called {name}. See manage.py token_list; a token of the "
                "environment ends when it is taken out there and the service is restarted."
            ) from error
