"""A box of voxels in a grid: cropped out of it, or padded to it; each undoes the other exactly."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from segrelay_worker.segmenters.segmenter import PlacedChannels
from segrelay_worker.segmenters.spatial_steps import CropForeground, PadToMultiple


@dataclass(frozen=True)
class Box:
    """Where it begins and what it measures along each axis, and the grid around it."""

    start: tuple[int, ...]
    shape: tuple[int, ...]
    outer_shape: tuple[int, ...]

    def cut_out(self, array_cxyz: NDArray[np.float32]) -> NDArray[np.float32]:
        """[…, outer shape] → contiguous [..., shape]."""
        return np.ascontiguousarray(array_cxyz[self._slices])

    def surrounded(self, array_cxyz: NDArray[np.float32]) -> NDArray[np.float32]:
        """[…, shape] → [..., outer shape], zeros outside."""
        outer = np.zeros((len(array_cxyz), *self.outer_shape), dtype=array_cxyz.dtype)
        outer[self._slices] = array_cxyz
        return outer

    def cropped(self, stored: PlacedChannels) -> PlacedChannels:
        """The channels in the box."""
        affine = _shifted(stored.affine_xyz_to_lps, self.start)
        return PlacedChannels(self.cut_out(stored.array_cxyz), affine)

    def padded(self, stored: PlacedChannels) -> PlacedChannels:
        """The channels of the box on the grid around it."""
        affine = _shifted(stored.affine_xyz_to_lps, tuple(-first for first in self.start))
        return PlacedChannels(self.surrounded(stored.array_cxyz), affine)

    @property
    def _slices(self) -> tuple[slice, ...]:
        ends = zip(self.start, self.shape, strict=True)
        return (slice(None), *(slice(first, first + count) for first, count in ends))


def foreground_box(step: CropForeground, channels_cxyz: NDArray[np.float32]) -> Box:
    """The crop that the package asks for; the whole volume where nothing is in the foreground."""
    outer_shape = channels_cxyz.shape[1:]
    foreground_xyz = np.zeros(outer_shape, dtype=bool)
    for channel in channels_cxyz:
        foreground_xyz |= channel > step.above
    found = ndimage.find_objects(foreground_xyz.view(np.uint8))
    if not found:
        return Box((0, 0, 0), outer_shape, outer_shape)
    margin = step.margin_voxels
    starts = [max(0, part.start - margin) for part in found[0]]
    stops = [
        min(length, part.stop + margin) for part, length in zip(found[0], outer_shape, strict=True)
    ]
    shape = tuple(stop - start for start, stop in zip(starts, stops, strict=True))
    return Box(tuple(starts), shape, outer_shape)


def padding_box(step: PadToMultiple, shape: tuple[int, ...]) -> Box:
    """As MONAI's DivisiblePad: of an odd number of planes, one more is added behind."""
    outer_shape = tuple(-(-length // step.multiple) * step.multiple for length in shape)
    start = tuple((outer - length) // 2 for outer, length in zip(outer_shape, shape, strict=True))
    return Box(start, shape, outer_shape)


def _shifted(affine: NDArray[np.float64], first: tuple[int, ...]) -> NDArray[np.float64]:
    """Of the grid whose first voxel is this one."""
    moved = affine.copy()
    moved[:, 3] = affine @ [*first, 1]
    return moved
