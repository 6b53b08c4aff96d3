"""Tickets as Django signs them, made without any code of ours: for tests of who believes them."""

from __future__ import annotations

import hashlib
import hmac
import json
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from typing import Any

SECRET = "a secret of tests: 32 bytes at least"
REQUEST_ID = "0d4f8a4e-6f0c-4c8b-9d53-3a1f1c1e7b11"
NOW_SECONDS = 1_769_860_800  # of tickets that say nothing else
LEASE_SECONDS = 60


def ticket_payload(*, now: float = NOW_SECONDS, **changes: object) -> dict[str, Any]:
    """For one series, issued now; `changes` replaces keys."""
    return {
        "v": 1,
        "request": REQUEST_ID,
        "attempt": 1,
        "series": ["11111111-11111111-11111111-11111111-11111111"],
        "study": "22222222-22222222-22222222-22222222-22222222",
        "iat": int(now),
        "exp": int(now) + LEASE_SECONDS,
        **changes,
    }


def signed(payload: Mapping[str, object] | bytes, *, secret: str = SECRET) -> str:
    """Any payload with its right signature, also one that makes no sense."""
    content = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    first = _base64url(content)
    return f"{first}.{signature(first, secret=secret)}"


def signature(first: str, *, secret: str = SECRET) -> str:
    """Of what stands before the dot."""
    return _base64url(hmac.new(secret.encode(), first.encode(), hashlib.sha256).digest())


def _base64url(content: bytes) -> str:
    return urlsafe_b64encode(content).decode().rstrip("=")
