"""Who was seen with what: written at each claim and heartbeat, read to say what is waited for."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from segrelay_api.queue.models import ModelSeen, WorkerSeen
from segrelay_contract.leases import ClaimBody

# A waiting worker calls at least every 30 s, a working one with each renewal.
ONLINE_WITHIN = timedelta(seconds=90)


@transaction.atomic
def record_claimer(*, worker: str, body: ClaimBody, now: datetime) -> None:
    """Notes the worker and replaces the list of its models."""
    seen, _ = WorkerSeen.objects.update_or_create(
        name=worker, defaults={"version": body.worker.version, "last_seen_at": now}
    )
    for offer in body.models:
        ModelSeen.objects.update_or_create(
            worker=seen,
            name=offer.name,
            defaults={"version": offer.version, "digest": offer.digest, "last_seen_at": now},
        )
    seen.models.exclude(name__in=[offer.name for offer in body.models]).delete()


def record_heartbeat(*, worker: str, now: datetime) -> None:
    """Notes that a working worker is alive."""
    WorkerSeen.objects.filter(name=worker).update(last_seen_at=now)


def online_models(*, now: datetime) -> frozenset[str]:
    """Names of the models that some online worker offers."""
    online = ModelSeen.objects.filter(worker__last_seen_at__gte=now - ONLINE_WITHIN)
    return frozenset(online.values_list("name", flat=True))


def choose_model(*, asked: str | None, candidates: tuple[str, ...]) -> tuple[str, str]:
    """Name and digest of the model for a press: the one asked for, else the best known.

    Among the rule's candidates one that was ever offered wins; without candidates the one
    offered last. Both are empty where nothing is known: then any worker may take the request.
    """
    offered = ModelSeen.objects.order_by("-last_seen_at")
    if asked:
        offered = offered.filter(name=asked)
    elif candidates:
        offered = offered.filter(name__in=candidates)
    known = offered.first()
    if known is not None:
        return known.name, known.digest
    return asked or (candidates[0] if candidates else ""), ""
