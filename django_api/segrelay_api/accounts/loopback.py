"""The demo's switch: callers on this very machine may press and read without a token.

A reverse proxy also calls from this machine, and so does a browser that shows somebody else's
page; neither may pass for the person at the keyboard.
"""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urlsplit

from django.http import HttpRequest

LOCAL_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
FORWARDING_HEADERS = (
    "Forwarded",
    "Via",
    "X-Forwarded-For",
    "X-Forwarded-Host",
    "X-Forwarded-Proto",
    "X-Real-IP",
)


def is_from_this_machine(request: HttpRequest) -> bool:
    """Whether address, host name and origin all say that the caller sits here."""
    if any(name in request.headers for name in FORWARDING_HEADERS):
        return False
    return _is_loopback(request.META.get("REMOTE_ADDR", "")) and _is_local_host(request)


def _is_loopback(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False


def _is_local_host(request: HttpRequest) -> bool:
    host = request.headers.get("Host", "")
    if urlsplit(f"//{host}").hostname not in LOCAL_NAMES:
        return False
    origin = request.headers.get("Origin")
    return origin is None or origin == f"{request.scheme}://{host}"
