"""Who was seen with what: written at each claim and heartbeat."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from segrelay_api.queue.eligibility import fits_memory
from segrelay_api.queue.models import ModelSeen, WorkerSeen
from segrelay_contract.leases import ClaimBody


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
    for offer in body.models:
        offered = {
            "version": offer.version,
            "digest": offer.digest,
            "weights_sha256": offer.weights_sha256,
            "roles": list(offer.roles),
            "segments": [segment.model_dump() for segment in offer.segments],
            "fits_memory": fits_memory(offer, body.worker.devices),
            "last_seen_at": now,
        }
        ModelSeen.objects.update_or_create(worker=seen, name=offer.name, defaults=offered)
    seen.models.exclude(name__in=[offer.name for offer in body.models]).delete()


def record_heartbeat(*, worker: str, now: datetime) -> None:
    """Notes that a working worker is alive."""
    WorkerSeen.objects.filter(name=worker).update(last_seen_at=now)
