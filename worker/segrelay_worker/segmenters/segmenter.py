from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from segrelay_contract.warning_codes import Mended

ReportFraction = Callable[[float], None]  # 0 to 1


class DeviceLostError(Exception):
    """The device is of no more use to this process, only to a new one; the message says why."""


@dataclass(frozen=True)
class PlacedChannels:
    """What a model sees: intensities [role, x, y, z], axes as the package's orientation says.

    `affine_xyz_to_lps` takes (x, y, z, 1) to the centre of that voxel in the patient system, mm.
    """

    array_cxyz: NDArray[np.float32]
    affine_xyz_to_lps: NDArray[np.float64]

    @property
    def spacing_xyz_mm(self) -> tuple[float, float, float]:
        """Voxel size along the axes."""
        x, y, z = (float(size) for size in np.linalg.norm(self.affine_xyz_to_lps[:3, :3], axis=0))
        return x, y, z

    @property
    def voxel_ml(self) -> float:
        """The volume of one voxel."""
        return float(abs(np.linalg.det(self.affine_xyz_to_lps[:3, :3]))) / 1000.0


@dataclass(frozen=True)
class Prediction:
    """Probabilities [segment, x, y, z] on the grid of the channels, and what to tell of them.

    `way` names how the network was computed, where there is more than one way.
    """

    probabilities_sxyz: NDArray[np.float32]
    warnings: tuple[Mended, ...] = ()
    way: str | None = None


class Segmenter(Protocol):
    """A loaded model, whatever its format."""

    def predict(self, channels: PlacedChannels, report: ReportFraction) -> Prediction:
        """Raises PermanentError model_failed, TransientError out_of_memory.

        Raises DeviceLostError too.
        """
        ...
