# SPDX-License-Identifier: AGPL-3.0-or-later
"""The line of a value in a TOML file: `tomllib` tells lines of wrong syntax only."""

import re
import tomllib
from bisect import bisect_left
from collections.abc import Sequence


def line_of(text: str, path: Sequence[str | int]) -> int:
    """The line, counted from 1, on which a valid document begins to hold what the path leads to.

    Of a value that is absent it is the line of what should hold it.
    """
    lines = text.replace("\r\n", "\n").split("\n")
    document = tomllib.loads(text)
    while path and not _reaches(document, path):
        path = path[:-1]
    last = bisect_left(
        range(len(lines)), 1, key=lambda count: int(_reaches(_document(lines, count), path))
    )
    return _first_line(lines, last, path)


def _first_line(lines: Sequence[str], last: int, path: Sequence[str | int]) -> int:
    """Where something over several lines begins: at its key, else at its start."""
    start = _whole(lines, last - 1)
    key = next((step for step in reversed(path) if isinstance(step, str)), "")
    said = re.compile(rf"(?<![\w-]){re.escape(key)}(?![\w-])")
    found = (number for number in range(start, last) if said.search(lines[number]))
    return next(found, start) + 1


def _document(lines: Sequence[str], count: int) -> object:
    """The document of the first lines, less those of a value that ends later."""
    return tomllib.loads("\n".join(lines[: _whole(lines, count)]))


def _whole(lines: Sequence[str], count: int) -> int:
    """The most of the first lines that are a document by themselves."""
    while count > 0:
        try:
            tomllib.loads("\n".join(lines[:count]))
        except tomllib.TOMLDecodeError:
            count -= 1
        else:
            break
    return max(count, 0)


def _reaches(document: object, path: Sequence[str | int]) -> bool:
    for step in path:
        try:
            document = document[step]  # type: ignore[index]  # what cannot be asked so is no holder
        except (TypeError, KeyError, IndexError):
            return False
    return True
