"""What several commands take."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Callable
from pathlib import Path
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


def add_cache(parser: ArgumentParser) -> None:
    """Where it stays which way to compute a model is fastest."""
    parser.add_argument(
        "--cache",
        type=Path,
        default=Path("cache"),
        metavar="PATH",
        help="시험한 계산 방법을 둘 폴더 (for the fastest way, once tried; default: %(default)s)",
    )


def argument(parse: Callable[[str], _Parsed]) -> Callable[[str], _Parsed]:
    """A parser of the environment as argparse wants it: it shows the text of its own error only."""

    def parsed(value: str) -> _Parsed:
        try:
            return parse(value)
        except ValueError as expected:
            raise ArgumentTypeError(f"{value!r}; expected {expected}") from None

    return parsed
