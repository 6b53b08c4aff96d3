"""Who is online with what, and which models exist: read from what claims told."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings

from segrelay_api.queue import timings
from segrelay_api.queue.eligibility import label_texts
from segrelay_api.queue.estimates import OnlineWorker
from segrelay_api.queue.leasing import RENEWALS_PER_LEASE
from segrelay_api.queue.models import LONGEST_NAME, ModelSeen, SegmentationRequest, WorkerSeen
from segrelay_api.queue.timings import UsualSeconds
from segrelay_contract.directory import ModelView, QuarantineView, WorkerView
from segrelay_contract.series_rules.attributes import Attribute
from segrelay_contract.series_rules.volumes import NO_RULE, VolumeRule
from segrelay_contract.status import RequestStatus

LEAST_SHARE_LEFT = 0.1  # of the usual time: what is overdue is not done yet


def online_since(now: datetime) -> datetime:
    """Who was heard of after this is online.

    A waiting worker calls at least every 30 s, a working one with each renewal.
    """
    renewal = settings.SEGRELAY.lease_seconds / RENEWALS_PER_LEASE
    return now - timedelta(seconds=max(90.0, 2 * renewal))


def is_online(worker: WorkerSeen, *, now: datetime) -> bool:
    """Whether it was heard of lately."""
    return worker.last_seen_at >= online_since(now)


def online_workers(*, now: datetime) -> tuple[OnlineWorker, ...]:
    """Everybody who can be expected to claim, with what they still have in hand.

    Who was heard of longest ago comes first, as in the line of those who wait for work.
    """
    usual = timings.usual_seconds()
    busy = _busy_seconds(usual, now)
    seen = WorkerSeen.objects.filter(last_seen_at__gte=online_since(now))
    return tuple(
        OnlineWorker(
            models=tuple(model.name for model in _offered(worker) if model.fits_memory),
            too_large=tuple(model.name for model in worker.models.all() if not model.fits_memory),
            labels=frozenset(label_texts(worker.labels)),
            busy_seconds=busy.get(worker.name, 0.0),
            usual_seconds=_usual_seconds_of(worker, usual),
            quarantined=tuple(model.name for model in _quarantined(worker)),
        )
        for worker in seen.prefetch_related("models").order_by("last_seen_at", "name")
    )


def _usual_seconds_of(worker: WorkerSeen, usual: UsualSeconds) -> dict[str, float]:
    known = {model.name: usual.on(worker.name, model.name) for model in worker.models.all()}
    return {name: seconds for name, seconds in known.items() if seconds is not None}


def _offered(worker: WorkerSeen) -> list[ModelSeen]:
    return [model for model in _in_order(worker) if not model.quarantine_reason]


def _quarantined(worker: WorkerSeen) -> list[ModelSeen]:
    return [model for model in _in_order(worker) if model.quarantine_reason]


def _in_order(worker: WorkerSeen) -> list[ModelSeen]:
    return sorted(worker.models.all(), key=lambda model: model.pk)


def _busy_seconds(usual: UsualSeconds, now: datetime) -> dict[str, float]:
    """What is left of requests in hand, if they take as long as usual."""
    left: dict[str, float] = defaultdict(float)
    leased = SegmentationRequest.objects.filter(
        status=RequestStatus.PROCESSING, lease_expires_at__gt=now
    )
    for request in leased.only("worker", "model", "started_at"):
        if request.started_at is not None:
            spent = (now - request.started_at).total_seconds()
            needed = usual.on(request.worker, request.model) or 0.0
            left[request.worker] += max(needed - spent, LEAST_SHARE_LEFT * needed)
    return left


def list_workers(*, now: datetime) -> tuple[WorkerView, ...]:
    """Everybody who ever claimed, by name."""
    seen = WorkerSeen.objects.prefetch_related("models").order_by("name")
    return tuple(
        WorkerView(
            name=worker.name,
            version=worker.version,
            online=is_online(worker, now=now),
            last_seen_at=worker.last_seen_at,
            labels=worker.labels,
            devices=worker.devices,
            models=tuple(model.name for model in _offered(worker)),
            quarantined=tuple(map(_quarantine_view, _quarantined(worker))),
        )
        for worker in seen
    )


def _quarantine_view(model: ModelSeen) -> QuarantineView:
    return QuarantineView(
        name=model.name,
        version=model.version,
        digest=model.digest,
        reason=model.quarantine_reason,
    )


def list_models(*, now: datetime) -> tuple[ModelView, ...]:
    """Each content of each name and version; where contents differ, all say so."""
    found = ModelSeen.objects.select_related("worker").order_by("digest", "pk")
    offers = sorted(found, key=lambda offer: (offer.name, _place_of_version(offer)))
    contents: dict[tuple[str, str], dict[str, list[ModelSeen]]] = defaultdict(dict)
    for offer in offers:
        contents[offer.name, offer.version].setdefault(offer.digest, []).append(offer)
    usual = timings.usual_seconds().by_model
    return tuple(
        _model_view(same, conflict=len(digests) > 1, usual=usual.get(name), now=now)
        for (name, _), digests in contents.items()
        for same in digests.values()
    )


def _model_view(
    same: list[ModelSeen], *, conflict: bool, usual: float | None, now: datetime
) -> ModelView:
    offer = same[0]
    offered = [each for each in same if not each.quarantine_reason]
    return ModelView(
        name=offer.name,
        version=offer.version,
        digest=offer.digest,
        weights_sha256=offer.weights_sha256,
        roles=tuple(offer.roles),
        segments=offer.segments,
        workers=_names(offered),
        quarantined_by=_names(each for each in same if each.quarantine_reason),
        online=any(is_online(each.worker, now=now) for each in offered),
        conflict=conflict,
        usual_seconds=usual,
    )


def _names(offers: Iterable[ModelSeen]) -> tuple[str, ...]:
    return tuple(sorted(offer.worker.name for offer in offers))


@dataclass(frozen=True)
class WantedModel:
    """A model that a press may lead to; both texts are empty where any worker may take it."""

    name: str
    digest: str  # empty: not known yet
    roles: tuple[str, ...]  # empty: not known yet, but it is one
    volume_rules: tuple[VolumeRule, ...]  # of everybody who offers it
    allow_different_frames: bool  # of reference, between its inputs


def wanted_models(*, asked: str | None, candidates: tuple[str, ...]) -> tuple[WantedModel, ...]:
    """The one that is asked for, else every known one of the candidates; the best first.

    The same press gets the same answer, whoever called last. At least one, which nobody knows
    where none of those that are wanted was ever offered.
    """
    known = _offers_by_name()
    wanted = (asked,) if asked else candidates or tuple(known)
    offered = tuple(_wanted_model(known[name]) for name in wanted if name in known)
    return offered or (_unknown_model(wanted[0] if wanted else ""),)


@dataclass(frozen=True)
class KnownModel:
    """A model that can be chosen by name."""

    wanted: WantedModel
    version: str  # the newest; empty where nobody ever offered it
    is_quarantined: bool  # by everybody who has it

    @property
    def is_offered(self) -> bool:
        """Whether anybody ever had it."""
        return bool(self.wanted.roles)


def known_models(*, candidates: tuple[str, ...]) -> tuple[KnownModel, ...]:
    """Every model that was ever offered, by name; then the candidates that never were."""
    offers = _offers_by_name()
    offered = (_known_model(same) for same in offers.values())
    strange = (name for name in candidates if name not in offers)
    return (
        *offered,
        *(KnownModel(_unknown_model(name), "", is_quarantined=False) for name in strange),
    )


def _known_model(offers: list[ModelSeen]) -> KnownModel:
    is_quarantined = all(offer.quarantine_reason for offer in offers)
    return KnownModel(_wanted_model(offers), offers[0].version, is_quarantined)


def _offers_by_name() -> dict[str, list[ModelSeen]]:
    """The newest version of each name first.

    Not what was offered last: workers of two versions call by turns, and the answer with them.
    """
    known: defaultdict[str, list[ModelSeen]] = defaultdict(list)
    for offer in ModelSeen.objects.order_by("name", "digest"):
        known[offer.name].append(offer)
    for offers in known.values():
        offers.sort(key=_place_of_version, reverse=True)
    return known


def _place_of_version(offer: ModelSeen) -> str:
    """Its numbers made equally long, or 1.9 would come after 1.10; the rest may be any text."""
    return re.sub(r"\d+", lambda number: number[0].zfill(LONGEST_NAME), offer.version)


def _wanted_model(offers: list[ModelSeen]) -> WantedModel:
    newest = offers[0]
    return WantedModel(
        name=newest.name,
        digest=newest.digest,
        roles=tuple(newest.roles),
        volume_rules=tuple(map(_volume_rule, offers)),
        allow_different_frames=any(each.allow_different_frames_of_reference for each in offers),
    )


def _unknown_model(name: str) -> WantedModel:
    return WantedModel(name, "", roles=(), volume_rules=(NO_RULE,), allow_different_frames=False)


def _volume_rule(offer: ModelSeen) -> VolumeRule:
    choices = {name: offer.volume_rule[name] for name in Attribute if name in offer.volume_rule}
    return VolumeRule(choices, offer.interpolate_missing_slice)


def models_for_roles(*, roles: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """The roles of each known model that, as a press would take it, needs none besides these."""
    available = set(roles)
    newest = ((name, offers[0].roles) for name, offers in _offers_by_name().items())
    return {name: tuple(needed) for name, needed in newest if available.issuperset(needed)}
