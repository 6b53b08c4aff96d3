"""Who was seen with what: written where something is new, or the last note is old."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from segrelay_api.database_calls import in_database
from segrelay_api.queue.eligibility import fits_memory
from segrelay_api.queue.models import ModelSeen, WorkerSeen
from segrelay_contract.leases import (
    ClaimBody,
    ModelOffer,
    QuarantinedModel,
    WorkerDescription,
)

# Far less than it takes to be thought offline.
NOTED_EVERY = timedelta(seconds=10)
# Longer than a holiday or a repair: a press may wait for a worker that comes back.
RETIRED_AFTER = timedelta(days=30)
Description = tuple[WorkerDescription, tuple[ModelOffer, ...], tuple[QuarantinedModel, ...]]


@transaction.atomic
def record_claimer(*, worker: str, body: ClaimBody, now: datetime) -> None:
    """Notes the worker and replaces the list of its models."""
    described = {
        "version": body.worker.version,
        "labels": body.worker.labels,
        "devices": [device.model_dump() for device in body.worker.devices],
        "last_seen_at": now,
    }
    seen, _ = WorkerSeen.objects.update_or_create(name=worker, defaults=described)
    known = (*body.models, *body.quarantined)
    for offer in known:
        offered = {
            "version": offer.version,
            "digest": offer.digest,
            "weights_sha256": offer.weights_sha256,
            "roles": list(offer.roles),
            "segments": [segment.model_dump() for segment in offer.segments],
            "volume_rule": offer.volume_rule,
            "interpolate_missing_slice": offer.interpolate_missing_slice,
            "allow_different_frames_of_reference": offer.allow_different_frames_of_reference,
            "fits_memory": fits_memory(offer, body.worker.devices),
            "quarantine_reason": _quarantine_reason(offer),
            "last_seen_at": now,
        }
        ModelSeen.objects.update_or_create(worker=seen, name=offer.name, defaults=offered)
    seen.models.exclude(name__in=[offer.name for offer in known]).delete()


def _quarantine_reason(offer: ModelOffer) -> str:
    return offer.reason if isinstance(offer, QuarantinedModel) else ""


def record_heartbeat(*, worker: str, now: datetime) -> None:
    """Notes that a working worker is alive."""
    old = WorkerSeen.objects.filter(name=worker, last_seen_at__lte=now - NOTED_EVERY)
    if old.exists():
        old.update(last_seen_at=now)


def forget_retired(*, now: datetime) -> None:
    """Takes back what workers offered that are gone for good, or presses would wait for them.

    The workers stay in their list; the next claim of one brings its models back.
    """
    retired = ModelSeen.objects.filter(worker__last_seen_at__lt=now - RETIRED_AFTER)
    if retired.exists():  # mostly there are none, and to look takes no write lock
        retired.delete()


class Noted:
    """What this process noted of whom, so that the same claim a moment later writes nothing."""

    def __init__(self) -> None:
        self._notes: dict[str, tuple[Description, datetime]] = {}

    async def record(self, *, worker: str, body: ClaimBody, now: datetime) -> None:
        """As `record_claimer`, where something is new or the note is old."""
        description = (body.worker, body.models, body.quarantined)
        noted, noted_at = self._notes.get(worker, (None, now))
        if description == noted and now < noted_at + NOTED_EVERY:
            return
        await in_database(record_claimer, worker=worker, body=body, now=now)
        self._notes[worker] = (description, now)


noted = Noted()
