from __future__ import annotations

import getpass
import sys

from django.core.management.base import CommandError


def ask_password() -> str:
    """Asked twice where somebody types, read as one line where a program writes."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    password = getpass.getpass("Password: ")
    if getpass.getpass("Again: ") != password:
        raise CommandError("The two passwords differ. Start again.")
    return password
