"""What the plugin told about series: written by its events, read by presses and the page."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime

from segrelay_api.archive.models import TaggedSeries
from segrelay_contract.error_codes import ErrorCode
from segrelay_contract.orthanc_events import SeriesStable
from segrelay_contract.series_rules.headers import SliceHeader
from segrelay_contract.series_rules.reason import Reason
from segrelay_contract.series_rules.verdict import judge_announced


def take_stable_series(*, event: SeriesStable, now: datetime) -> None:
    """Keeps a candidate, and forgets one that grew into none; results of it stay as they are."""
    if event.candidate:
        record_stable_series(event=event, now=now)
    else:
        forget_series(series_id=event.series_id)


def record_stable_series(*, event: SeriesStable, now: datetime) -> TaggedSeries:
    """Judges the headers and keeps the verdict; the same event again changes nothing else."""
    reasons = judge_announced([SliceHeader.from_tags(row) for row in event.headers])
    series, _ = TaggedSeries.objects.update_or_create(
        series_id=event.series_id,
        defaults={
            "study_id": event.study_id,
            "role": event.role or "",
            "candidate_models": list(event.candidate_models),
            "slice_count": len(event.headers),
            "reasons": [
                {"code": reason.code, "parameters": dict(reason.parameters)} for reason in reasons
            ],
            "told_at": now,
        },
    )
    return series


def forget_series(*, series_id: str) -> None:
    """The series is no longer in Orthanc."""
    TaggedSeries.objects.filter(series_id=series_id).delete()


def known_series(*, but: Collection[str]) -> list[str]:
    """Every one that was told, except these."""
    known = TaggedSeries.objects.values_list("series_id", flat=True)
    return [series_id for series_id in known if series_id not in but]


def candidate_models(*, series_id: str) -> tuple[str, ...]:
    """The models that the tagging rules name for a series; empty means any."""
    series = TaggedSeries.objects.filter(series_id=series_id).first()
    return tuple(series.candidate_models) if series else ()


def tagged_series(*, series_ids: tuple[str, ...]) -> dict[str, TaggedSeries]:
    """What is known of these series, by their Orthanc id."""
    return TaggedSeries.objects.in_bulk(series_ids)


def reasons_of(series: TaggedSeries) -> tuple[Reason, ...]:
    """Why no model takes it, as judged when it was told."""
    return tuple(
        Reason(ErrorCode(reason["code"]), reason["parameters"]) for reason in series.reasons
    )


def suitable_series_by_role(*, study_id: str) -> dict[str, tuple[str, ...]]:
    """For each role that the study fills, its suitable series, the first that was told first."""
    found = TaggedSeries.objects.filter(study_id=study_id).exclude(role="").order_by("told_at")
    by_role: defaultdict[str, tuple[str, ...]] = defaultdict(tuple)
    for series in found:
        if not series.reasons:
            by_role[series.role] += (series.series_id,)
    return dict(by_role)


def role_of(*, series_id: str) -> str:
    """As the tagging rules have it; empty where they have none."""
    series = TaggedSeries.objects.filter(series_id=series_id).first()
    return series.role if series else ""
