from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

ResultKind = Literal["SEG", "SC", "SR"]


@dataclass(frozen=True)
class ResultFile:
    """One result object on disk, ready to be stored."""

    kind: ResultKind
    path: Path
    sop_instance_uid: str
    series_instance_uid: str
    sop_class_uid: str | None = None  # None in results that an older worker kept
