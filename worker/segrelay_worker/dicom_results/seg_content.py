"""What a SEG is to hold, by the kind that the package chose."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from segrelay_contract.error_codes import ErrorCode
from segrelay_worker.errors import PermanentError
from segrelay_worker.segmenters.manifest import SegKind

FULL_FRACTION = 255  # Maximum Fractional Value: as fine as a byte can say it


@dataclass(frozen=True)
class SegContent:
    """Values [segment, slice, row, column]: 0 and 1, or fractions from 0 to `FULL_FRACTION`.

    A voxel belongs to its segment from `least_value` on.
    """

    kind: SegKind
    values_szyx: NDArray[np.uint8]
    least_value: int

    @property
    def mask_szyx(self) -> NDArray[np.bool_]:
        """What is marked."""
        mask: NDArray[np.bool_] = self.values_szyx >= self.least_value
        return mask


def seg_content(
    kind: SegKind,
    mask_szyx: NDArray[np.bool_],
    probabilities_szyx: NDArray[np.float32] | None,
    threshold: float,
) -> SegContent:
    """Only fractional needs probabilities. Raises PermanentError segments_overlap."""
    if kind == "labelmap":
        return labelmap_content(mask_szyx)
    if kind == "binary" or probabilities_szyx is None:
        return binary_content(mask_szyx)
    return fractional_content(mask_szyx, probabilities_szyx, threshold)


def binary_content(mask_szyx: NDArray[np.bool_]) -> SegContent:
    """Every voxel in or out; segments may overlap."""
    return SegContent("binary", mask_szyx.view(np.uint8), 1)


def labelmap_content(mask_szyx: NDArray[np.bool_]) -> SegContent:
    """Every voxel in one segment or none. Raises PermanentError segments_overlap."""
    overlapping = int(np.count_nonzero(np.count_nonzero(mask_szyx, axis=0) > 1))
    if overlapping:
        raise PermanentError(ErrorCode.SEGMENTS_OVERLAP, {"count": overlapping})
    return SegContent("labelmap", mask_szyx.view(np.uint8), 1)


def fractional_content(
    mask_szyx: NDArray[np.bool_], probabilities_szyx: NDArray[np.float32], threshold: float
) -> SegContent:
    """Probabilities, moved where need be so that the same threshold gives exactly this mask.

    That is where they are rounded across it, and where the mask was cleaned.
    """
    least_value = min(int(threshold * FULL_FRACTION) + 1, FULL_FRACTION)  # the first above
    fractions = np.rint(np.clip(probabilities_szyx, 0.0, 1.0) * FULL_FRACTION)
    inside = np.maximum(fractions, least_value)
    outside = np.minimum(fractions, least_value - 1)
    values_szyx: NDArray[np.uint8] = np.where(mask_szyx, inside, outside).astype(np.uint8)
    return SegContent("fractional", values_szyx, least_value)
