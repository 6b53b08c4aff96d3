"""The MR series in Orthanc as they are now, by study, the newest study first.

Results are never among them: they are stored as SEG, and pictures as what no scanner made.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from segrelay_api.archive.orthanc_client import Json, OrthancClient

LONGEST_LIST = 200

# How many days back the list looks, one after the other, until it is full; in the end at all.
SPANS = (1, 3, 10, 30, 90, 365, 1_000, 3_000, 10_000)


@dataclass(frozen=True)
class ListedSeries:
    """One MR series."""

    series_id: str  # Orthanc's
    number: int | None
    description: str
    image_count: int


@dataclass(frozen=True)
class ListedStudy:
    """One study with those of its series that are listed."""

    study_id: str  # Orthanc's
    patient_name: str
    patient_id: str
    day: date | None
    description: str
    series: tuple[ListedSeries, ...] = ()


@dataclass(frozen=True)
class SeriesList:
    """What is listed, and whether it is as much as a list may hold: there may be older series."""

    studies: tuple[ListedStudy, ...]
    is_full: bool

    @property
    def series_ids(self) -> tuple[str, ...]:
        """Of every listed series."""
        return tuple(series.series_id for study in self.studies for series in study.series)


async def list_mr_series(
    orthanc: OrthancClient, *, today: date, limit: int = LONGEST_LIST
) -> SeriesList:
    """Reads the newest part of the archive; all of it where that does not fill the list.

    Raises OrthancUnreachableError.
    """
    when, series = await _newest_series(orthanc, today, limit)
    # A study that came in between may have no series here; the next look shows it.
    studies = await orthanc.find("Study", when)
    return arrange(studies=studies, series=series, limit=limit)


async def _newest_series(
    orthanc: OrthancClient, today: date, limit: int
) -> tuple[dict[str, str], list[Json]]:
    """With the query for the studies that they are of."""
    for span in SPANS:
        when = {"StudyDate": f"{today - timedelta(days=span):%Y%m%d}-"}
        series = await orthanc.find("Series", {"Modality": "MR", **when})
        if len(series) >= limit:
            return when, series
    return {}, await orthanc.find("Series", {"Modality": "MR"})


def arrange(*, studies: Iterable[Json], series: Iterable[Json], limit: int) -> SeriesList:
    """Newest study first, series by their number, at most `limit` series in all."""
    by_study = _by_study(series)
    listed: list[ListedStudy] = []
    room = limit
    for study in sorted(studies, key=_recency, reverse=True):
        shown = tuple(by_study[study["ID"]][:room])
        if shown:
            listed.append(replace(_listed_study(study), series=shown))
        room -= len(shown)
    return SeriesList(tuple(listed), is_full=room == 0)


def _by_study(series: Iterable[Json]) -> defaultdict[str, list[ListedSeries]]:
    by_study: defaultdict[str, list[ListedSeries]] = defaultdict(list)
    for record in series:
        by_study[record["ParentStudy"]].append(_listed_series(record))
    for own in by_study.values():
        own.sort(key=lambda one: (one.number is None, one.number, one.series_id))
    return by_study


def _recency(study: Json) -> tuple[str, str, str]:
    tags = study["MainDicomTags"]
    return tags.get("StudyDate", ""), tags.get("StudyTime", ""), study["ID"]


def _listed_series(record: Json) -> ListedSeries:
    tags = record["MainDicomTags"]
    return ListedSeries(
        series_id=record["ID"],
        number=_integer(tags.get("SeriesNumber", "")),
        description=tags.get("SeriesDescription", "").strip(),
        image_count=len(record["Instances"]),
    )


def _listed_study(record: Json) -> ListedStudy:
    tags, patient = record["MainDicomTags"], record["PatientMainDicomTags"]
    return ListedStudy(
        study_id=record["ID"],
        patient_name=readable_name(patient.get("PatientName", "")),
        patient_id=patient.get("PatientID", "").strip(),
        day=_day(tags.get("StudyDate", "")),
        description=tags.get("StudyDescription", "").strip(),
    )


def readable_name(person_name: str) -> str:
    """Every spelling that a DICOM name holds (PS3.5 6.2.1: groups by =, components by ^)."""
    groups = (" ".join(group.replace("^", " ").split()) for group in person_name.split("="))
    return " / ".join(group for group in groups if group)


def _integer(text: str) -> int | None:
    try:
        return int(text)
    except ValueError:
        return None


def _day(text: str) -> date | None:
    """A DICOM date, YYYYMMDD; None where it is missing or none."""
    try:
        return datetime.strptime(text.strip(), "%Y%m%d").date()  # noqa: DTZ007 - a day has no zone
    except ValueError:
        return None
