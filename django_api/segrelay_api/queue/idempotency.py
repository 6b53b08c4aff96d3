"""A press that is repeated because its answer was lost leads to the request of the first time."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from segrelay_api.queue.errors import IdempotencyKeyReusedError
from segrelay_api.queue.models import IdempotencyKey, SegmentationRequest
from segrelay_contract.requests import SegmentBody


@dataclass(frozen=True)
class KeyedPress:
    """Whose key, and a digest of what was asked with it."""

    owner: str
    key: str
    fingerprint: str

    @classmethod
    def of(cls, *, owner: str, key: str, pressed: str, body: SegmentBody) -> KeyedPress:
        """The same key with another series, study or body has another fingerprint."""
        asked = f"{pressed}\n{body.model_dump_json()}"
        return cls(owner, key, _digest(asked))

    def for_model(self, model: str) -> KeyedPress:
        """One of the presses that a press on a study consists of, with a key of its own."""
        return replace(self, key=_digest(f"{self.key}\n{model}"))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def find_request(press: KeyedPress) -> SegmentationRequest | None:
    """What this key led to before. Raises IdempotencyKeyReusedError if that was another press."""
    known = (
        IdempotencyKey.objects.select_related("request")
        .filter(owner=press.owner, key=press.key)
        .first()
    )
    if known is None:
        return None
    if known.fingerprint != press.fingerprint:
        raise IdempotencyKeyReusedError
    return known.request


def remember(press: KeyedPress, request_id: UUID, *, now: datetime) -> None:
    """From now on this key leads to this request."""
    IdempotencyKey.objects.get_or_create(
        owner=press.owner,
        key=press.key,
        defaults={
            "fingerprint": press.fingerprint,
            "request_id": request_id,
            "created_at": now,
        },
    )
