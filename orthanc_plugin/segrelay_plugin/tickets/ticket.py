# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a worker may do for as long as it has a lease: Django signs it, this file believes it."""

import binascii
import hmac
import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass

from segrelay_plugin.errors import TicketRefusedError

VERSION = 1
CLOCKS_DIFFER_SECONDS = 60  # of Django's machine and this one
LONGEST_TICKET = 16_384  # characters; more is no ticket, and not worth a checksum

_FORM = re.compile(r"([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)")


@dataclass(frozen=True, slots=True)
class Ticket:
    """One attempt at one request, with the series that it may read."""

    request_id: str
    attempt: int
    series_ids: tuple[str, ...]  # of all inputs; the reference comes first
    study_id: str
    issued_at: int  # seconds since 1970
    expires_at: int


def verified_ticket(text: str, *, secret: bytes, now_seconds: float) -> Ticket:
    """The ticket that this text is, if Django signed it and it is valid now.

    Raises:
        TicketRefusedError: it is none, is another's, or its time is not now.
    """
    match = _FORM.fullmatch(text) if len(text) <= LONGEST_TICKET else None
    if match is None:
        raise TicketRefusedError("malformed")
    # Texts are compared, not bytes: the last character of a signature has bits that say nothing.
    if not hmac.compare_digest(_signature(match[1], secret), match[2]):
        raise TicketRefusedError("wrong_signature")
    ticket = _parsed(match[1])
    if now_seconds < ticket.issued_at - CLOCKS_DIFFER_SECONDS:
        raise TicketRefusedError("not_yet_valid")
    if now_seconds > ticket.expires_at + CLOCKS_DIFFER_SECONDS:
        raise TicketRefusedError("expired")
    return ticket


def _signature(signed: str, secret: bytes) -> str:
    digest = hmac.digest(secret, signed.encode("ascii"), "sha256")
    return urlsafe_b64encode(digest).decode().rstrip("=")


def _parsed(signed: str) -> Ticket:
    try:
        payload = json.loads(urlsafe_b64decode(signed + "=" * (-len(signed) % 4)))
    except (binascii.Error, ValueError) as error:
        raise TicketRefusedError("malformed") from error
    if not isinstance(payload, dict) or payload.get("v") != VERSION:
        raise TicketRefusedError("malformed")
    return Ticket(
        request_id=_text(payload, "request"),
        attempt=_number(payload, "attempt"),
        series_ids=_texts(payload, "series"),
        study_id=_text(payload, "study"),
        issued_at=_number(payload, "iat"),
        expires_at=_number(payload, "exp"),
    )


def _text(payload: Mapping[str, object], key: str) -> str:
    value = payload.get(key)
    if not isinstance(value, str) or not value:
        raise TicketRefusedError("malformed")
    return value


def _texts(payload: Mapping[str, object], key: str) -> tuple[str, ...]:
    values = payload.get(key)
    if not isinstance(values, list) or not values:
        raise TicketRefusedError("malformed")
    if not all(isinstance(value, str) and value for value in values):
        raise TicketRefusedError("malformed")
    return tuple(values)


def _number(payload: Mapping[str, object], key: str) -> int:
    value = payload.get(key)
    if not isinstance(value, int) or isinstance(value, bool):
        raise TicketRefusedError("malformed")
    return value
