"""From the voxel size of a series to the one that a network was trained on, and back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from segrelay_worker.segmenters.segmenter import PlacedChannels
from segrelay_worker.segmenters.spatial_steps import Resample

_ORDERS = {"linear": 1, "cubic": 3}  # of the spline

SAME = 1e-4  # of a voxel: headers are rounded
# Of a ratio: where voxels of both grids share a centre, noise in the last digits of a header must
# not give a voxel of 0 a little of its neighbour, for a step may ask which voxels are not 0.
DECIMALS = 8


@dataclass(frozen=True)
class Respacing:
    """Two grids whose first voxels share their centre, and whose axes lie alike.

    `ratio[i]` is how many voxels of the series one of the network takes along axis i. Beyond the
    outermost centres their values go on.
    """

    shape: tuple[int, ...]  # of the series
    network_shape: tuple[int, ...]
    ratio: tuple[float, ...]
    order: int
    antialias: bool

    def apply(self, stored: PlacedChannels) -> PlacedChannels:
        """Of the series → as the network wants it; the same array if that is the same grid."""
        if self._is_the_same:
            return stored
        volume_cxyz = stored.array_cxyz
        blurred = self._blurred(volume_cxyz) if self.antialias else volume_cxyz
        return PlacedChannels(
            _sampled(blurred, self.ratio, self.network_shape, self.order),
            stored.affine_xyz_to_lps @ np.diag([*self.ratio, 1.0]),
        )

    def undo(self, probabilities_sxyz: NDArray[np.float32]) -> NDArray[np.float32]:
        """Probabilities of the network → of the series; linear, so that none leaves 0 to 1."""
        if self._is_the_same:
            return probabilities_sxyz
        back = tuple(1 / ratio for ratio in self.ratio)
        return _sampled(probabilities_sxyz, back, self.shape, order=1)

    @property
    def _is_the_same(self) -> bool:
        return all(ratio == 1.0 for ratio in self.ratio)

    def _blurred(self, volume_cxyz: NDArray[np.float32]) -> NDArray[np.float32]:
        """So that what is finer than the new voxels does not become a pattern of them."""
        sigmas = [max(0.0, (ratio - 1) / 2) for ratio in self.ratio]
        return np.stack(
            [ndimage.gaussian_filter(channel, sigmas, mode="nearest") for channel in volume_cxyz]
        )


def respacing_to(step: Resample, stored: PlacedChannels) -> Respacing:
    """What the package asks for channels of this shape and voxel size."""
    shape_xyz, spacing_xyz_mm = stored.array_cxyz.shape[1:], stored.spacing_xyz_mm
    ratio = tuple(
        _ratio(new, old) for new, old in zip(step.spacing_mm, spacing_xyz_mm, strict=True)
    )
    lengths = zip(shape_xyz, ratio, strict=True)
    return Respacing(
        shape=shape_xyz,
        network_shape=tuple(round((count - 1) / by) + 1 for count, by in lengths),
        ratio=ratio,
        order=_ORDERS[step.interpolation],
        antialias=step.antialias,
    )


def _ratio(new_mm: float, old_mm: float) -> float:
    ratio = round(new_mm / old_mm, DECIMALS)
    return 1.0 if abs(ratio - 1) < SAME else ratio


def _sampled(
    array_cxyz: NDArray[np.float32], steps: tuple[float, ...], shape: tuple[int, ...], order: int
) -> NDArray[np.float32]:
    sampled = np.empty((len(array_cxyz), *shape), dtype=np.float32)
    for source, target in zip(array_cxyz, sampled, strict=True):
        ndimage.affine_transform(
            source, np.array(steps), output_shape=shape, output=target, order=order, mode="nearest"
        )
    return sampled
