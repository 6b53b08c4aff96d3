"""Who was seen with what: written where something is new, or the last note is old."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from segrelay_api.queue.eligibility import fits_memory
from segrelay_api.queue.models import ModelSeen, WorkerSeen
from segrelay_contract.leases import ClaimBody

# Far less than it takes to be thought offline.
NOTED_EVERY = timedelta(seconds=10)
Fields = dict[str, Any]


def record_claimer(*, worker: str, body: ClaimBody, now: datetime) -> None:
    """Notes the worker and the list of its models, unless just that was noted a moment ago."""
    described, offered = _described(body), _offered(body)
    if not _is_known(worker, described, offered, now=now):
        _write(worker, described, offered, now=now)


def record_heartbeat(*, worker: str, now: datetime) -> None:
    """Notes that a working worker is alive."""
    old = WorkerSeen.objects.filter(name=worker, last_seen_at__lte=now - NOTED_EVERY)
    if old.exists():
        old.update(last_seen_at=now)


def _described(body: ClaimBody) -> Fields:
    return {
        "version": body.worker.version,
        "labels": body.worker.labels,
        "devices": [device.model_dump() for device in body.worker.devices],
    }


def _offered(body: ClaimBody) -> dict[str, Fields]:
    """By the model's name."""
    return {
        offer.name: {
            "version": offer.version,
            "digest": offer.digest,
            "weights_sha256": offer.weights_sha256,
            "roles": list(offer.roles),
            "segments": [segment.model_dump() for segment in offer.segments],
            "fits_memory": fits_memory(offer, body.worker.devices),
        }
        for offer in body.models
    }


def _is_known(worker: str, described: Fields, offered: dict[str, Fields], *, now: datetime) -> bool:
    seen = WorkerSeen.objects.prefetch_related("models").filter(name=worker).first()
    if seen is None or seen.last_seen_at <= now - NOTED_EVERY:
        return False
    models = {model.name: model for model in seen.models.all()}
    return (
        _has(seen, described)
        and models.keys() == offered.keys()
        and all(_has(models[name], fields) for name, fields in offered.items())
    )


def _has(row: WorkerSeen | ModelSeen, fields: Fields) -> bool:
    return all(getattr(row, name) == value for name, value in fields.items())


@transaction.atomic
def _write(worker: str, described: Fields, offered: dict[str, Fields], *, now: datetime) -> None:
    seen, _ = WorkerSeen.objects.update_or_create(
        name=worker, defaults=described | {"last_seen_at": now}
    )
    for name, fields in offered.items():
        ModelSeen.objects.update_or_create(
            worker=seen, name=name, defaults=fields | {"last_seen_at": now}
        )
    seen.models.exclude(name__in=offered).delete()
