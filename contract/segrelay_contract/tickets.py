"""What a worker shows the archive: signed by the queue, checked by Orthanc's plugin.

A ticket is base64url(payload) "." base64url(HMAC-SHA-256 of these letters), without padding; the
payload is this model as compact JSON. `examples/ticket.json` holds one for both sides to agree on.
"""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from segrelay_contract.payload import OrthancId, Payload

HEADER = "Segrelay-Ticket"  # on every call of a worker to Orthanc
SHORTEST_SECRET_BYTES = 32  # in UTF-8; shorter ones can be guessed from a ticket


class TicketPayload(Payload):
    """The bearer may read these series, and store results of this request, while its lease lasts.

    The plugin knows the keys by these names, and has nothing but the standard library.
    """

    v: Literal[1] = 1
    request: UUID
    attempt: Annotated[int, Field(ge=1)]
    series: Annotated[tuple[OrthancId, ...], Field(min_length=1)]  # all inputs, reference first
    study: OrthancId
    iat: int  # Unix seconds: made at
    exp: int  # Unix seconds: the lease ends


class TicketExample(Payload):
    """A ticket with what it was made from."""

    secret: Annotated[str, Field(min_length=SHORTEST_SECRET_BYTES)]
    payload: TicketPayload
    ticket: str
