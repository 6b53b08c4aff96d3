from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from segrelay_api.accounts.errors import UnknownNameError
from segrelay_api.accounts.password_prompt import ask_password
from segrelay_api.accounts.people import change_person
from segrelay_api.accounts.principal import PEOPLE, Role


class Command(BaseCommand):
    """`manage.py person_change NAME [--role ROLE] [--password] [--close | --open]`."""

    help = "Changes somebody's role or password, shuts them out or lets them in again."

    def add_arguments(self, parser: CommandParser) -> None:
        """What to change."""
        parser.add_argument("name")
        parser.add_argument("--role", choices=sorted(PEOPLE))
        parser.add_argument("--password", action="store_true", help="asks for a new password")
        door = parser.add_mutually_exclusive_group()
        door.add_argument("--close", action="store_true", help="shuts the person out at once")
        door.add_argument("--open", action="store_true", help="lets the person in again")

    def handle(self, *_args: Any, name: str, **options: Any) -> None:
        """Says nothing where it worked."""
        try:
            change_person(name=name, **_changes(options))
        except UnknownNameError as error:
            raise CommandError(f"Nobody is called {name}. See how the name is spelled.") from error
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error


def _changes(options: dict[str, Any]) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    if options["role"]:
        changes["role"] = Role(options["role"])
    if options["password"]:
        changes["password"] = ask_password()
    if options["close"] or options["open"]:
        changes["is_active"] = options["open"]
    return changes
