from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True)
class PlacedMask:
    """A mask with its place in the patient.

    Attributes:
        mask_ijk: Boolean, three-dimensional, in any order of axes.
        affine_ras: 4x4, from the index (i, j, k) to RAS millimetres.
    """

    mask_ijk: npt.NDArray[np.bool_]
    affine_ras: npt.NDArray[np.float64]

    @property
    def volume_ml(self) -> float:
        """Volume of the mask's voxels."""
        voxel_mm3 = abs(float(np.linalg.det(self.affine_ras[:3, :3])))
        return int(self.mask_ijk.sum()) * voxel_mm3 / 1000
