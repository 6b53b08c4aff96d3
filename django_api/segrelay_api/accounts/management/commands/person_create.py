from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from segrelay_api.accounts.errors import NameTakenError
from segrelay_api.accounts.models import LONGEST_NAME
from segrelay_api.accounts.password_prompt import ask_password
from segrelay_api.accounts.people import create_person
from segrelay_api.accounts.principal import PEOPLE, Role


class Command(BaseCommand):
    """`manage.py person_create NAME --role ROLE`."""

    help = "Makes somebody who can sign in; asks for the password."

    def add_arguments(self, parser: CommandParser) -> None:
        """Name and role."""
        parser.add_argument("name")
        parser.add_argument("--role", required=True, choices=sorted(PEOPLE))

    def handle(self, *_args: Any, name: str, role: str, **_options: Any) -> None:
        """Says nothing where it worked."""
        if not 0 < len(name.strip()) <= LONGEST_NAME:
            raise CommandError(f"A name has 1 to {LONGEST_NAME} characters. Choose another one.")
        try:
            create_person(name=name, role=Role(role), password=ask_password())
        except NameTakenError as error:
            raise CommandError(
                f"{name} is the name of a person or of a token in force. Choose another name."
            ) from error
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
