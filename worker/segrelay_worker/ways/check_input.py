"""What a network is tried on: something like a head, or what the package brings along."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from segrelay_worker.inference.preprocessing import prepared
from segrelay_worker.segmenters.manifest import unreadable
from segrelay_worker.segmenters.package import ModelPackage
from segrelay_worker.segmenters.segmenter import PlacedChannels

_SHAPE = (176, 208, 176)  # voxels of 1 mm
_NOISE = 8.0


def check_input(package: ModelPackage) -> NDArray[np.float32]:
    """[role, x, y, z] as the network would see it, in the size of a window if there are any.

    Raises PermanentError model_unreadable.
    """
    name = package.manifest.inference.check_input
    seen_cxyz = _phantom(package) if name is None else _read(package, name)
    window = package.manifest.window
    return seen_cxyz if window is None else _middle(seen_cxyz, window.size)


def _phantom(package: ModelPackage) -> NDArray[np.float32]:
    section = package.manifest.input
    channels_cxyz = np.stack([_head(seed) for seed in range(len(section.roles))])
    return prepared(PlacedChannels(channels_cxyz, np.eye(4)), section).channels.array_cxyz


def _read(package: ModelPackage, name: str) -> NDArray[np.float32]:
    expected = f"float32 [{len(package.manifest.input.roles)}, x, y, z] that numpy.save wrote"
    try:
        read = np.load(package.weights_path.parent / name, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise unreadable(f"inference.check_input: {name} is not {expected}") from error
    if not isinstance(read, np.ndarray) or read.ndim != 4 or read.dtype != np.float32:  # noqa: PLR2004 - as said
        raise unreadable(f"inference.check_input: {name} is not {expected}")
    if len(read) != len(package.manifest.input.roles):
        raise unreadable(f"inference.check_input: {name} is not {expected}")
    return read


def _head(seed: int) -> NDArray[np.float32]:
    """Balls in balls of intensities that differ, rough and noisy, the same for the same seed."""
    random = np.random.default_rng(seed)
    places = np.random.default_rng(0)  # the same in all channels
    head_xyz = np.zeros(_SHAPE, dtype=np.float32)
    balls = [((0.0, 0.0, 0.0), 0.9), ((0.0, 0.0, 0.0), 0.82), ((0.0, 0.02, 0.04), 0.7)]
    balls += [((side, 0.05, 0.08), 0.12) for side in (-0.16, 0.16)]
    balls += [(tuple(places.uniform(-0.5, 0.5, 3)), places.uniform(0.05, 0.2)) for _ in range(8)]
    for centre, radius in balls:
        head_xyz[_is_inside(centre, radius)] = random.uniform(100, 1000)
    rough = ndimage.gaussian_filter(random.standard_normal(_SHAPE, dtype=np.float32), 2.0)
    head_xyz *= 1 + 0.1 * rough / rough.std()
    noise = random.standard_normal(_SHAPE, dtype=np.float32) * np.float32(_NOISE)
    smooth_xyz: NDArray[np.float32] = ndimage.gaussian_filter(head_xyz, 0.7)
    return np.maximum(smooth_xyz + noise, 0)


def _is_inside(centre: tuple[float, ...], radius: float) -> NDArray[np.bool_]:
    axes = (np.linspace(-1, 1, length, dtype=np.float32) for length in _SHAPE)
    grids = np.meshgrid(*axes, indexing="ij", sparse=True)
    x, y, z = ((grid - at) ** 2 for grid, at in zip(grids, centre, strict=True))
    inside: NDArray[np.bool_] = x + y + z < radius**2
    return inside


def _middle(array_cxyz: NDArray[np.float32], size: tuple[int, int, int]) -> NDArray[np.float32]:
    """Cut to the size, or surrounded by zeros as a window is beyond the volume."""
    for axis, wanted in enumerate(size, start=1):
        length = array_cxyz.shape[axis]
        start = max(length - wanted, 0) // 2
        array_cxyz = array_cxyz.take(range(start, min(start + wanted, length)), axis)
    missing = [wanted - length for wanted, length in zip(size, array_cxyz.shape[1:], strict=True)]
    return np.pad(array_cxyz, [(0, 0), *((n // 2, n - n // 2) for n in missing)])
