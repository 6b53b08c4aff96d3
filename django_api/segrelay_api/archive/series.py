from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class SeriesIdentity:
    """Which series, and which instances of it."""

    series_id: str  # Orthanc's
    series_instance_uid: str
    study_id: str  # Orthanc's
    study_instance_uid: str
    instances_digest: str


def digest_instances(sop_instance_uids: Iterable[str]) -> str:
    """SHA-256 of the set of instances, whatever order they came in."""
    return hashlib.sha256("\n".join(sorted(sop_instance_uids)).encode()).hexdigest()
