"""What a network is tried on: something like a head, or what the package brings along."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from segrelay_worker.inference.made_head import made_head
from segrelay_worker.inference.preprocessing import prepared
from segrelay_worker.segmenters.manifest import unreadable
from segrelay_worker.segmenters.package import ModelPackage
from segrelay_worker.segmenters.segmenter import PlacedChannels


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
    channels_cxyz = np.stack([made_head(seed) for seed in range(len(section.roles))])
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


def _middle(array_cxyz: NDArray[np.float32], size: tuple[int, int, int]) -> NDArray[np.float32]:
    """Cut to the size, or surrounded by zeros as a window is beyond the volume."""
    for axis, wanted in enumerate(size, start=1):
        length = array_cxyz.shape[axis]
        start = max(length - wanted, 0) // 2
        array_cxyz = array_cxyz.take(range(start, min(start + wanted, length)), axis)
    missing = [wanted - length for wanted, length in zip(size, array_cxyz.shape[1:], strict=True)]
    return np.pad(array_cxyz, [(0, 0), *((n // 2, n - n // 2) for n in missing)])
