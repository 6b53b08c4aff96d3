"""A folder with one series → its volume and the mask that the model finds in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset
from pydicom.config import disable_value_validation

from segrelay_contract.error_codes import ErrorCode
from segrelay_contract.series_rules.identity import digest_instances
from segrelay_worker.errors import PermanentError
from segrelay_worker.inference.segment_volume import segment_volume
from segrelay_worker.segmenters.package import ModelPackage
from segrelay_worker.segmenters.segmenter import ReportFraction, Segmenter
from segrelay_worker.series_volume.assembly import assemble_volume
from segrelay_worker.series_volume.decoding import read_series
from segrelay_worker.series_volume.volume import SeriesVolume


@dataclass(frozen=True)
class SeriesMask:
    """The mask [segment, slice, row, column] on the grid of the volume, and how it was cut off."""

    volume: SeriesVolume
    mask_szyx: NDArray[np.bool_]
    threshold: float


def find_mask(  # noqa: PLR0913 - all that decides a mask, each by name
    *,
    series_folder: Path,
    package: ModelPackage,
    segmenter: Segmenter,
    threshold: float | None,
    report: ReportFraction,
    instances_digest: str | None = None,
) -> SeriesMask:
    """`threshold` None means the package's.

    `instances_digest` names the images that were asked about; None takes what the folder holds.
    Raises PermanentError with the code that tells why it cannot be done.
    """
    # Patient tags that break the standard must neither reach the log through pydicom's warnings
    # nor cost a finished result.
    with disable_value_validation():
        datasets = read_series(series_folder)
        _require_asked_about(datasets, instances_digest)
        volume = assemble_volume(datasets, package.manifest.input.volume)
    used_threshold = package.manifest.output.threshold if threshold is None else threshold
    mask_szyx = segment_volume(
        volume=volume,
        package=package,
        segmenter=segmenter,
        threshold=used_threshold,
        report=report,
    )
    return SeriesMask(volume, mask_szyx, used_threshold)


def _require_asked_about(datasets: Sequence[Dataset], instances_digest: str | None) -> None:
    """A series that grew since would give a result for images that nobody asked about."""
    found = digest_instances(str(dataset.SOPInstanceUID) for dataset in datasets)
    if instances_digest is not None and found != instances_digest:
        raise PermanentError(ErrorCode.SERIES_CHANGED)
