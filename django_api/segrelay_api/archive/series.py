from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class SeriesIdentity:
    """Which series, and which instances of it."""

    series_id: str  # Orthanc's
    series_instance_uid: str
    study_id: str  # Orthanc's
    study_instance_uid: str
    instances_digest: str
