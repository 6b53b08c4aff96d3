"""The same work done twice is the same object: result UIDs derive from what went in."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

RESULT_FORMAT_VERSION = 4  # raise it whenever results of the same work are to look different


class UidKind(StrEnum):
    """What a derived UID names."""

    SEG_INSTANCE = "SEG instance"
    SEG_SERIES = "SEG series"
    SEGMENT_TRACKING = "segment tracking"  # index: segment number
    DIMENSION_ORGANIZATION = "dimension organization"
    SC_INSTANCE = "SC instance"
    SC_SERIES = "SC series"
    SR_INSTANCE = "SR instance"
    SR_SERIES = "SR series"


@dataclass(frozen=True)
class SourceSeries:
    """The images of one role, and whose they are.

    Images that are sent again under a corrected PatientID keep their UIDs; an archive that holds
    both keeps them apart by these four.
    """

    patient_id: str = field(repr=False)
    study_instance_uid: str
    series_instance_uid: str
    sop_instance_uids: tuple[str, ...]

    @property
    def in_one_order(self) -> Sequence[object]:
        """The same for the same images, in whichever order they are given."""
        whose = [self.patient_id, self.study_instance_uid, self.series_instance_uid]
        return [*whose, sorted(self.sop_instance_uids)]


@dataclass(frozen=True)
class WorkIdentity:
    """Everything that decides what a result looks like; `run` grows when a repeat is forced."""

    sources_by_role: Mapping[str, SourceSeries]
    package_digest: str
    threshold: float
    run: int

    def uid(self, kind: UidKind, index: int = 0) -> str:
        """A UID below 2.25 (DICOM PS3.5 B.2): a UUID in form, a SHA-256 of the work in content."""
        work = {
            "sources": {role: series.in_one_order for role, series in self.sources_by_role.items()},
            "package": self.package_digest,
            "parameters": {"threshold": self.threshold},
            "format": RESULT_FORMAT_VERSION,
            "run": self.run,
            "kind": kind,
            "index": index,
        }
        return _uid_of(json.dumps(work, sort_keys=True, separators=(",", ":")))


def device_uid(package_digest: str) -> str:
    """One per model package: to a reader of results, the model is the device that observed."""
    return _uid_of(f"device {package_digest}")


def _uid_of(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"2.25.{UUID(bytes=digest[:16], version=5).int}"
