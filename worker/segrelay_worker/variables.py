"""Looks environment variables up, and says in a sentence what is wrong with one.

A parser raises ValueError with what it expects; the sentence around it names the variable.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from typing import NoReturn, TypeVar, overload
from urllib.parse import urlsplit

_DEVICE = re.compile(r"cpu|cuda(:\d+)?")
_LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
_LONGEST_NAME = 128  # as the contract allows
_SECRET = re.compile("TOKEN|PASSWORD")

Parsed = TypeVar("Parsed")


class SettingsError(Exception):
    """A variable is missing or wrong; the message is a sentence for the operator."""


class Variables:
    """Variables by name."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = values

    def needed(self, name: str, parse: Callable[[str], Parsed]) -> Parsed:
        """The parsed value. Raises SettingsError if it is missing or wrong."""
        if name not in self._values:
            try:
                parse("")
            except ValueError as expected:
                _refuse(name, "is not set", expected)
        return self._parsed(name, self._values[name], parse)

    @overload
    def optional(self, name: str, parse: Callable[[str], Parsed]) -> Parsed | None: ...

    @overload
    def optional(self, name: str, parse: Callable[[str], Parsed], default: str) -> Parsed: ...

    def optional(
        self, name: str, parse: Callable[[str], Parsed], default: str | None = None
    ) -> Parsed | None:
        """The parsed value, or the parsed default. Raises SettingsError if it is wrong."""
        value = self._values.get(name, default)
        return None if value is None else self._parsed(name, value, parse)

    @staticmethod
    def _parsed(name: str, value: str, parse: Callable[[str], Parsed]) -> Parsed:
        try:
            return parse(value)
        except ValueError as expected:
            # A secret, or an address with a password in it, must not reach the log.
            shown = "a value not shown here" if _SECRET.search(name) or "@" in value else value
            _refuse(name, f"is {shown!r}", expected)


def _refuse(name: str, state: str, expected: ValueError) -> NoReturn:
    raise SettingsError(
        f"{name} {state}; expected {expected}. Correct it in the file .env of the worker."
    ) from None


def http_url(value: str) -> str:
    """An address of a server, without the slash at its end."""
    expected = ValueError("an address such as https://host:8042, without user and password in it")
    try:
        url = urlsplit(value)
        port_is_fine = url.port is None or url.port > 0
    except ValueError:
        raise expected from None
    if url.scheme not in {"http", "https"} or not url.hostname or not port_is_fine:
        raise expected
    if url.username is not None or url.query or url.fragment:
        raise expected
    return value.rstrip("/")


def api_url(value: str) -> str:
    """The address of the queue's API, without the slash at its end."""
    expected = "an address that ends in /api/mri, such as https://host/api/mri"
    try:
        url = http_url(value)
    except ValueError:
        raise ValueError(expected) from None
    if not url.endswith("/api/mri"):
        raise ValueError(expected)
    return url


def token(value: str) -> str:
    """A bearer token: printable ASCII without spaces, as it stands in an HTTP header."""
    if not value or not all("!" <= letter <= "~" for letter in value):
        raise ValueError(
            "the token of this worker, without spaces; the operator of the web server has it"
        )
    return value


def device(value: str) -> str:
    """Where the model runs, as torch names it."""
    if not _DEVICE.fullmatch(value):
        raise ValueError("cpu, cuda, or one GPU such as cuda:1")
    return value


def probability(value: str) -> float:
    """A number from 0 to 1."""
    number = _number(value)
    if not 0 <= number <= 1:
        raise ValueError("a number from 0 to 1, such as 0.5")
    return number


def positive_seconds(value: str) -> float:
    """A number of seconds above zero."""
    number = _number(value)
    if not 0 < number < math.inf:
        raise ValueError("a number of seconds above 0, such as 30")
    return number


def gigabytes(value: str) -> int:
    """An amount of memory above zero; gives bytes."""
    number = _number(value)
    if not 0 < number < math.inf:
        raise ValueError("a number of gigabytes above 0, such as 8")
    return round(number * 1e9)


def name(value: str) -> str:
    """A name that fits the contract."""
    if not 0 < len(value) <= _LONGEST_NAME:
        raise ValueError(f"a name of 1 to {_LONGEST_NAME} letters")
    return value


def log_level(value: str) -> str:
    """How much is logged."""
    if value.upper() not in _LOG_LEVELS:
        raise ValueError(f"one of {', '.join(_LOG_LEVELS)}")
    return value.upper()


def _number(value: str) -> float:
    try:
        return float(value)
    except ValueError:
        return math.nan
