from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

ReportFraction = Callable[[float], None]  # 0 to 1


class DeviceLostError(Exception):
    """The device is of no more use to this process, only to a new one; the message says why."""


class Segmenter(Protocol):
    """A loaded model, whatever its format."""

    def probabilities(
        self, volume_cxyz: NDArray[np.float32], report: ReportFraction
    ) -> NDArray[np.float32]:
        """Raw intensities [role, x, y, z] → probabilities [segment, x, y, z] on the same grid.

        Axes lie as the package's orientation says. Raises PermanentError model_failed,
        TransientError model_failed if memory ran out, DeviceLostError.
        """
        ...
