"""What happened to requests, as it is told to those who follow them."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from segrelay_contract.payload import Payload


class EventView(Payload):
    """One thing that happened; whoever needs the whole request reads it then.

    `kind` is a transition, "create", "hasten", "stage", "outdated", "up_to_date" or
    "results_deleted"; `seq` counts the events of one request.
    """

    request_id: UUID
    seq: int
    at: datetime
    actor: str
    kind: str
    details: dict[str, Any]


class EventList(Payload):
    """All events of one request, oldest first."""

    success: Literal[True] = True
    events: tuple[EventView, ...]
