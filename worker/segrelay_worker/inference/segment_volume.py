from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from segrelay_contract.error_codes import ErrorCode
from segrelay_contract.warning_codes import Mended
from segrelay_worker.errors import PermanentError
from segrelay_worker.inference.postprocessing import postprocessed
from segrelay_worker.inference.preprocessing import prepared
from segrelay_worker.inference.reorientation import reorientation_to
from segrelay_worker.segmenters.cut_off import cut_off
from segrelay_worker.segmenters.package import ModelPackage
from segrelay_worker.segmenters.segmenter import PlacedChannels, ReportFraction, Segmenter


@dataclass(frozen=True)
class SegmentedVolume:
    """[segment, slice, row, column]; probabilities only where the package stores them."""

    mask_szyx: NDArray[np.bool_]
    probabilities_szyx: NDArray[np.float32] | None
    warnings: tuple[Mended, ...]
    way: str | None


def segment_volume(  # noqa: PLR0913 - all that decides a mask, each by name
    *,
    channels_czyx: NDArray[np.float32],
    affine_zyx_to_lps: NDArray[np.float64],
    package: ModelPackage,
    segmenter: Segmenter,
    threshold: float,
    report: ReportFraction,
) -> SegmentedVolume:
    """What the model finds, on the grid of the channels.

    Raises PermanentError model_failed, output_shape_mismatch or model_unreadable.
    """
    reorientation = reorientation_to(package.manifest.input.orientation, affine_zyx_to_lps)
    stored = PlacedChannels(
        reorientation.apply(channels_czyx),
        reorientation.affine_xyz(affine_zyx_to_lps, channels_czyx.shape[1:]),
    )
    wanted = prepared(stored, package.manifest.input)
    found = segmenter.predict(wanted.channels, report)
    network_shape = wanted.channels.array_cxyz.shape[1:]
    output = package.manifest.output
    _check(found.probabilities_sxyz, (len(package.segments), *network_shape), output.activation)
    probabilities_sxyz = wanted.undo(found.probabilities_sxyz)
    mask_sxyz = cut_off(probabilities_sxyz, threshold, output)
    for segment, mask_xyz in enumerate(mask_sxyz, start=1):
        mask_xyz[:] = postprocessed(
            mask_xyz, output.postprocessing, segment=segment, voxel_ml=stored.voxel_ml
        )
    are_wanted = output.kind == "fractional"
    return SegmentedVolume(
        mask_szyx=reorientation.undo(mask_sxyz),
        probabilities_szyx=reorientation.undo(probabilities_sxyz) if are_wanted else None,
        warnings=found.warnings,
        way=found.way,
    )


def _check(
    probabilities_sxyz: NDArray[np.float32], expected_shape: tuple[int, ...], activation: str
) -> None:
    if probabilities_sxyz.shape != expected_shape:
        raise PermanentError(
            ErrorCode.OUTPUT_SHAPE_MISMATCH,
            {"actual": str(probabilities_sxyz.shape), "expected": str(expected_shape)},
            detail=f"with output.activation {activation!r} in model.toml",
        )
    # Not-a-number is above no threshold and would look like a clean "nothing found".
    if not np.isfinite(probabilities_sxyz).all():
        raise PermanentError(
            ErrorCode.MODEL_FAILED, detail="it returned values that are no numbers"
        )
