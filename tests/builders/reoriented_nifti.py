"""A volume of the phantom as a NIfTI file, with the axes that somebody else's program expects.

By nibabel's own arithmetic, so that no axis of ours judges itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
from builders.mr_series import SeriesPlan
from numpy.typing import NDArray

_nibabel: Any = nibabel  # it is typed in part only
_ways: Any = nibabel.orientations

_LPS_TO_RAS = np.diag([-1.0, -1.0, 1.0, 1.0])


@dataclass(frozen=True)
class ReorientedNifti:
    """The images of a series in a file, its axes as `orientation` says."""

    plan: SeriesPlan
    orientation: str

    def write(self, path: Path) -> None:
        """Intensities, float32."""
        volume_zyx = self.plan.volume_zyx().astype(np.float32)
        image = _nibabel.Nifti1Image(volume_zyx, self._affine)
        _nibabel.save(image.as_reoriented(_ways.ornt_transform(self._own, self._wanted)), path)

    def undone(self, array_xyz: NDArray[Any]) -> NDArray[Any]:
        """What lies on the grid of the file → on that of the series, [slice, row, column]."""
        back = _ways.ornt_transform(self._wanted, self._own)
        result: NDArray[Any] = _ways.apply_orientation(array_xyz, back)
        return result

    @property
    def _affine(self) -> NDArray[np.float64]:
        return _LPS_TO_RAS @ self.plan.affine_zyx_to_lps

    @property
    def _own(self) -> NDArray[Any]:
        own: NDArray[Any] = _ways.io_orientation(self._affine)
        return own

    @property
    def _wanted(self) -> NDArray[Any]:
        wanted: NDArray[Any] = _ways.axcodes2ornt(tuple(self.orientation))
        return wanted
