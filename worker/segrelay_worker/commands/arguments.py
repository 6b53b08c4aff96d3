"""What several commands take."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Callable
from typing import TypeVar

from segrelay_worker import variables

_Parsed = TypeVar("_Parsed")


def add_device(parser: ArgumentParser) -> None:
    """Where the network runs."""
    parser.add_argument(
        "--device",
        type=argument(variables.device),
        default="cpu",
        help="cpu, cuda, cuda:1 … (default: %(default)s)",
    )


def argument(parse: Callable[[str], _Parsed]) -> Callable[[str], _Parsed]:
    """A parser of the environment as argparse wants it: it shows the text of its own error only."""

    def parsed(value: str) -> _Parsed:
        try:
            return parse(value)
        except ValueError as expected:
            raise ArgumentTypeError(f"{value!r}; expected {expected}") from None

    return parsed
