"""Checks a series in Orthanc before a request is made, from headers alone."""

from __future__ import annotations

from urllib.parse import quote

from segrelay_api.archive.errors import UnsuitableSeriesError
from segrelay_api.archive.orthanc_client import OrthancClient
from segrelay_api.archive.series import SeriesIdentity
from segrelay_contract.series_rules.frames import frame_rows
from segrelay_contract.series_rules.headers import SliceHeader
from segrelay_contract.series_rules.identity import digest_instances
from segrelay_contract.series_rules.verdict import judge


async def check_series(orthanc: OrthancClient, identifier: str) -> SeriesIdentity:
    """The series, found suitable now.

    Raises UnknownSeriesError, UnsuitableSeriesError with its reasons, or OrthancUnreachableError.
    """
    series_id = await orthanc.series_id_of(identifier)
    path = f"/series/{quote(series_id, safe='')}"
    rows = await orthanc.json(f"{path}/instances-tags?simplify")
    images = [frame for row in rows.values() for frame in frame_rows(row)]
    reasons = judge([SliceHeader.from_tags(image) for image in images])
    if reasons:
        raise UnsuitableSeriesError(reasons)
    series = await orthanc.json(path)
    study = await orthanc.json(f"/studies/{series['ParentStudy']}")
    return SeriesIdentity(
        series_id=series["ID"],
        series_instance_uid=series["MainDicomTags"]["SeriesInstanceUID"],
        study_id=series["ParentStudy"],
        study_instance_uid=study["MainDicomTags"]["StudyInstanceUID"],
        instances_digest=digest_instances(str(row["SOPInstanceUID"]) for row in rows.values()),
    )
