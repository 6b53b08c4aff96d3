"""Checks a series in Orthanc before a request is made, from headers alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from segrelay_api.archive.errors import UnsuitableSeriesError
from segrelay_api.archive.orthanc_client import OrthancClient
from segrelay_api.archive.series import SeriesIdentity
from segrelay_contract.series_rules.frames import frame_rows
from segrelay_contract.series_rules.headers import SliceHeader
from segrelay_contract.series_rules.identity import digest_instances
from segrelay_contract.series_rules.verdict import judge
from segrelay_contract.series_rules.volumes import VolumeRule


@dataclass(frozen=True)
class FoundSeries:
    """A series as Orthanc holds it now; one header for each image or frame."""

    identity: SeriesIdentity
    headers: tuple[SliceHeader, ...]


async def find_series(orthanc: OrthancClient, identifier: str) -> FoundSeries:
    """Raises UnknownSeriesError or OrthancUnreachableError."""
    series_id = await orthanc.series_id_of(identifier)
    path = f"/series/{quote(series_id, safe='')}"
    rows = await orthanc.json(f"{path}/instances-tags?simplify")
    series = await orthanc.json(path)
    study = await orthanc.json(f"/studies/{series['ParentStudy']}")
    identity = SeriesIdentity(
        series_id=series["ID"],
        series_instance_uid=series["MainDicomTags"]["SeriesInstanceUID"],
        study_id=series["ParentStudy"],
        study_instance_uid=study["MainDicomTags"]["StudyInstanceUID"],
        instances_digest=digest_instances(str(row["SOPInstanceUID"]) for row in rows.values()),
    )
    images = [frame for row in rows.values() for frame in frame_rows(row)]
    return FoundSeries(identity, tuple(SliceHeader.from_tags(image) for image in images))


def first_that_takes(series: FoundSeries, models: Sequence[Sequence[VolumeRule]]) -> int:
    """Which of the models, each given by the rules of those who offer it, takes the series.

    Raises UnsuitableSeriesError with the reasons of the first where none does.
    """
    reasons = None
    for place, rules in enumerate(models):
        for rule in rules:
            against = judge(series.headers, rule)
            if not against:
                return place
            reasons = reasons or against
    raise UnsuitableSeriesError(reasons or ())
