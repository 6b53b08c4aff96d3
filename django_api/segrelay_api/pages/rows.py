"""What the page shows: the archive's series joined with what the queue and the plugin know."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from segrelay_api.archive import mirror
from segrelay_api.archive.models import TaggedSeries
from segrelay_api.archive.series_list import ListedSeries, ListedStudy, SeriesList
from segrelay_api.queue import selectors
from segrelay_api.sentences import sentence


@dataclass(frozen=True)
class SeriesRow:
    """One line of the page; with reasons its button cannot be pressed."""

    series: ListedSeries
    role: str
    reasons: tuple[str, ...]  # sentences


@dataclass(frozen=True)
class StudyRows:
    """One study with its lines."""

    study: ListedStudy
    rows: tuple[SeriesRow, ...]


@dataclass(frozen=True)
class PageRows:
    """Everything that is listed, and the latest request by series as the API would show it."""

    studies: tuple[StudyRows, ...]
    requests: dict[str, Any]


def read_rows(*, listed: SeriesList, now: datetime) -> PageRows:
    """Adds roles, reasons and requests from the database."""
    tagged = mirror.tagged_series(series_ids=listed.series_ids)
    newest = selectors.newest_by_series(series_ids=listed.series_ids, now=now)
    studies = tuple(
        StudyRows(
            study, tuple(_row(series, tagged.get(series.series_id)) for series in study.series)
        )
        for study in listed.studies
    )
    requests = {series_id: view.model_dump(mode="json") for series_id, view in newest.items()}
    return PageRows(studies, requests)


def _row(series: ListedSeries, tagged: TaggedSeries | None) -> SeriesRow:
    if tagged is None:
        return SeriesRow(series, role="", reasons=())
    reasons = (sentence(reason["code"], reason["parameters"]) for reason in tagged.reasons)
    return SeriesRow(series, tagged.role, tuple(reasons))
