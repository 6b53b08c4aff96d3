"""How far a request is, as the queue tells the Orthanc plugin for each of its series."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from segrelay_contract.payload import Payload


class Sentences(Payload):
    """One sentence in each language that Orthanc's pages have."""

    en: str
    ko: str


class MirroredState(Payload):
    """One request as it is now; only the newest state of it is ever needed.

    `event` numbers what happened to the request, so that older news is known as such. Tickets of
    `closed_attempt` and of those before it are void.
    """

    request_id: UUID
    model: str  # empty: not decided yet
    status: str
    outcome: str  # empty: none yet
    attempt: int
    closed_attempt: int
    event: int
    created_at: datetime
    outdated: bool
    results_deleted: bool
    error: Sentences | None
