from __future__ import annotations

from dataclasses import dataclass

from segrelay_contract.results import ModelIdentity, SegmentFigures
from segrelay_contract.status import Outcome
from segrelay_contract.warning_codes import Mended
from segrelay_worker.dicom_results.result_file import ResultFile


@dataclass(frozen=True)
class SeriesOutcome:
    """What came out, apart from the files themselves; `mask_sha256` is of uint8 [s, z, y, x]."""

    outcome: Outcome
    segments: tuple[SegmentFigures, ...]
    model: ModelIdentity
    threshold: float
    files: tuple[ResultFile, ...]
    mask_sha256: str
    seconds_inferring: float
    seconds_encoding: float
    warnings: tuple[Mended, ...] = ()
    way: str | None = None
