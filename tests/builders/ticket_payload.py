from __future__ import annotations

from base64 import urlsafe_b64decode

from segrelay_contract.tickets import TicketPayload


def payload_of(ticket: str) -> TicketPayload:
    """What a ticket says, whoever signed it."""
    signed, _, _ = ticket.partition(".")
    padding = "=" * (-len(signed) % 4)
    return TicketPayload.model_validate_json(urlsafe_b64decode(signed + padding))
