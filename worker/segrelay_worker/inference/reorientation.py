"""From the series grid to the axes that a network wants, and exactly back."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import permutations
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from segrelay_worker.inference.contiguous import contiguous
from segrelay_worker.series_volume.patient_axes import parse_orientation

_Value = TypeVar("_Value", bound=np.generic)


@dataclass(frozen=True)
class Reorientation:
    """Permutes and flips the last three axes; no voxel is interpolated, so the way back is exact.

    `source_axes[i]` is the series axis (0 slice, 1 row, 2 column) that becomes network axis i;
    `flips[i]` tells whether it is then reversed.
    """

    source_axes: tuple[int, int, int]
    flips: tuple[bool, bool, bool]

    def apply(self, array_zyx: NDArray[_Value]) -> NDArray[_Value]:
        """[…, slice, row, column] → contiguous [..., x, y, z]."""
        leading = array_zyx.ndim - 3
        order = [*range(leading), *(leading + axis for axis in self.source_axes)]
        return contiguous(self._flip(array_zyx.transpose(order)))

    def undo(self, array_xyz: NDArray[_Value]) -> NDArray[_Value]:
        """[…, x, y, z] → contiguous [..., slice, row, column]."""
        leading = array_xyz.ndim - 3
        order = [*range(leading), *(leading + self.source_axes.index(axis) for axis in range(3))]
        return contiguous(self._flip(array_xyz).transpose(order))

    def affine_xyz(
        self, affine_zyx_to_lps: NDArray[np.float64], shape_zyx: tuple[int, ...]
    ) -> NDArray[np.float64]:
        """Where the voxels of the network's axes lie, if those of the series lie so."""
        to_series = np.zeros((4, 4))
        to_series[3, 3] = 1
        for index, (axis, flipped) in enumerate(zip(self.source_axes, self.flips, strict=True)):
            to_series[axis, index] = -1 if flipped else 1
            to_series[axis, 3] = shape_zyx[axis] - 1 if flipped else 0
        return affine_zyx_to_lps @ to_series

    def _flip(self, array_xyz: NDArray[_Value]) -> NDArray[_Value]:
        """An axis of one voxel stays: numpy would keep its step backwards in a copy, for torch."""
        leading = array_xyz.ndim - 3
        longer = [axis for axis in range(3) if array_xyz.shape[leading + axis] > 1]
        return np.flip(array_xyz, tuple(leading + axis for axis in longer if self.flips[axis]))


def reorientation_to(orientation: str, affine_zyx_to_lps: NDArray[np.float64]) -> Reorientation:
    """The flips and permutation that bring each series axis closest to the wanted direction."""
    wanted = parse_orientation(orientation)
    steps_mm = affine_zyx_to_lps[:3, :3]
    # cosines[i, a]: how far series axis a points where network axis i shall grow.
    cosines = np.stack([direction.sign * steps_mm[direction.axis] for direction in wanted])
    cosines /= np.linalg.norm(steps_mm, axis=0)
    best = max(permutations(range(3)), key=lambda axes: np.abs(cosines[range(3), axes]).sum())
    flips = [bool(cosines[index, axis] < 0) for index, axis in enumerate(best)]
    return Reorientation((best[0], best[1], best[2]), (flips[0], flips[1], flips[2]))
