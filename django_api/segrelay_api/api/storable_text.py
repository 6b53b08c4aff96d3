"""Text that cannot be stored is refused where it comes in, on both databases alike."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest
from django.utils.datastructures import MultiValueDict
from ninja.errors import HttpError
from ninja.parser import Parser

# PostgreSQL's text holds no NUL, and UTF-8 no half of a surrogate pair; JSON can spell both.
UNSTORABLE = re.compile("[\0\ud800-\udfff]")


class StorableTextParser(Parser):
    """Reads bodies and query strings."""

    def parse_body(self, request: HttpRequest) -> dict[str, Any]:
        """From JSON, where only an escape can stand for such a character."""
        document = super().parse_body(request)
        if rb"\u" in request.body:
            _check(document)
        return document

    def parse_querydict(
        self, data: MultiValueDict[str, Any], list_fields: list[str], request: HttpRequest
    ) -> dict[str, Any]:
        """From what stands behind the question mark."""
        values = super().parse_querydict(data, list_fields, request)
        _check(values)
        return values


def _check(document: object) -> None:
    if any(UNSTORABLE.search(text) for text in _texts(document)):
        raise HttpError(400, "a text holds U+0000 or half a character")


def _texts(part: object) -> Iterator[str]:
    if isinstance(part, str):
        yield part
    elif isinstance(part, list):
        for entry in part:
            yield from _texts(entry)
    elif isinstance(part, dict):
        for key, value in part.items():
            yield key
            yield from _texts(value)
