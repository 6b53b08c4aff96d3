"""Whether a call came from Segrelay's own pages.

One rule instead of a CSRF token: browsers say where a call comes from, and no page can change
what they say. `Sec-Fetch-Site` decides where it is sent (https and localhost); elsewhere
`Origin`, which every browser sends with every POST, must be the address that was called.
A token would need a cookie, a field in each form and a header in each script, and protect no more.
"""

from __future__ import annotations

from enum import Enum, auto

from django.http import HttpRequest

READING_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})  # RFC 9110 9.2.1


class Origin(Enum):
    """Where a call comes from."""

    OWN = auto()  # a page of Segrelay
    FOREIGN = auto()  # another page
    UNSTATED = auto()  # no browser, as browsers say it


def origin_of(request: HttpRequest) -> Origin:
    """What the browser says."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return Origin.OWN if site == "same-origin" else Origin.FOREIGN
    origin = request.headers.get("Origin")
    if origin is None:
        return Origin.UNSTATED
    is_own = origin == f"{request.scheme}://{request.get_host()}"
    return Origin.OWN if is_own else Origin.FOREIGN


def changes_something(request: HttpRequest) -> bool:
    """Whether the call is of a kind that may change something."""
    return request.method not in READING_METHODS
