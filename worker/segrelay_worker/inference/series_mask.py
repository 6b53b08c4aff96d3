"""Folders with the series of one request → volumes and the mask that the model finds in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydicom.config import disable_value_validation

from segrelay_contract.warning_codes import Mended
from segrelay_worker.inference.input_folder import InputFolder
from segrelay_worker.inference.input_volumes import InputVolumes, read_inputs
from segrelay_worker.inference.segment_volume import segment_volume
from segrelay_worker.segmenters.package import ModelPackage
from segrelay_worker.segmenters.segmenter import ReportFraction, Segmenter
from segrelay_worker.series_volume.volume import SeriesVolume


@dataclass(frozen=True)
class SeriesMask:
    """The mask [segment, slice, row, column] on the grid of the volume, and how it was cut off."""

    inputs: InputVolumes
    mask_szyx: NDArray[np.bool_]
    probabilities_szyx: NDArray[np.float32] | None  # where the package stores them
    threshold: float
    warnings: tuple[Mended, ...]
    way: str | None

    @property
    def volume(self) -> SeriesVolume:
        """What the mask lies on."""
        return self.inputs.reference


def find_mask(
    *,
    inputs: Sequence[InputFolder],
    package: ModelPackage,
    segmenter: Segmenter,
    threshold: float | None,
    report: ReportFraction,
) -> SeriesMask:
    """`threshold` None means the package's.

    Raises PermanentError with the code that tells why it cannot be done.
    """
    # Patient tags that break the standard must neither reach the log through pydicom's warnings
    # nor cost a finished result.
    with disable_value_validation():
        volumes = read_inputs(inputs, package.manifest.input)
    used_threshold = package.manifest.output.threshold if threshold is None else threshold
    found = segment_volume(
        channels_czyx=volumes.channels_czyx,
        affine_zyx_to_lps=volumes.reference.affine_zyx_to_lps,
        package=package,
        segmenter=segmenter,
        threshold=used_threshold,
        report=report,
    )
    return SeriesMask(
        inputs=volumes,
        mask_szyx=found.mask_szyx,
        probabilities_szyx=found.probabilities_szyx,
        threshold=used_threshold,
        warnings=volumes.warnings + found.warnings,
        way=found.way,
    )
