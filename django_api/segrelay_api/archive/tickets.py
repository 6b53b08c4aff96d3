"""Signs what a worker may read and store in the archive while it has a lease."""

from __future__ import annotations

import hmac
import math
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from segrelay_contract.tickets import TicketPayload


def issue_ticket(  # noqa: PLR0913 - all that a ticket says, each by name
    *,
    secret: str,
    request_id: UUID,
    attempt: int,
    series_ids: Sequence[str],
    study_id: str,
    issued_at: datetime,
    expires_at: datetime,
) -> str:
    """For this attempt at this request; `series_ids` are Orthanc's, of all inputs."""
    payload = TicketPayload(
        request=request_id,
        attempt=attempt,
        series=tuple(series_ids),
        study=study_id,
        iat=math.floor(issued_at.timestamp()),
        exp=math.ceil(expires_at.timestamp()),
    )
    signed = _base64url(payload.model_dump_json().encode())
    signature = hmac.digest(secret.encode(), signed.encode(), "sha256")
    return f"{signed}.{_base64url(signature)}"


def _base64url(content: bytes) -> str:
    """RFC 4648 5, without padding."""
    return urlsafe_b64encode(content).decode().rstrip("=")
