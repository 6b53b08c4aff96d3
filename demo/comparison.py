"""Compares two masks voxel by voxel where they lie in the patient, whatever their axes."""

from dataclasses import dataclass
from itertools import product

import numpy as np
import numpy.typing as npt

from demo.errors import GridMismatchError
from demo.placed_mask import PlacedMask

# How far a voxel's centre may lie from the other grid's, in voxels; NIfTI headers hold float32.
_TOLERANCE_VOXELS = 1e-3


@dataclass(frozen=True)
class Comparison:
    """How far a mask agrees with the reference.

    Attributes:
        dice: Twice the overlap over the sum of both; 1 when both are empty.
        voxels_different: Voxels that belong to one of the two only.
        reference_volume_ml: Volume of the reference.
        volume_ml: Volume of the mask.
    """

    dice: float
    voxels_different: int
    reference_volume_ml: float
    volume_ml: float


def compared(mask: PlacedMask, *, reference: PlacedMask) -> Comparison:
    """Compare a mask with the reference in patient space.

    Raises:
        GridMismatchError: the two grids do not share their voxel centres.
    """
    overlap = int(reference_at(mask, reference).sum())
    size, reference_size = int(mask.mask_ijk.sum()), int(reference.mask_ijk.sum())
    both = size + reference_size
    return Comparison(
        dice=2 * overlap / both if both else 1.0,
        voxels_different=both - 2 * overlap,
        reference_volume_ml=reference.volume_ml,
        volume_ml=mask.volume_ml,
    )


def reference_at(mask: PlacedMask, reference: PlacedMask) -> npt.NDArray[np.bool_]:
    """What the reference says at each voxel of the mask that lies on the reference's grid."""
    to_reference = index_transform(mask, reference)
    indices = np.argwhere(mask.mask_ijk) @ to_reference[:3, :3].T + to_reference[:3, 3]
    within = ((indices >= 0) & (indices < reference.mask_ijk.shape)).all(axis=1)
    i, j, k = indices[within].T
    hits: npt.NDArray[np.bool_] = reference.mask_ijk[i, j, k]
    return hits


def index_transform(mask: PlacedMask, reference: PlacedMask) -> npt.NDArray[np.int64]:
    """The 4x4 whole-number matrix from an index of the mask to one of the reference.

    Raises:
        GridMismatchError: there is none, because the grids do not share their voxel centres.
    """
    exact = np.linalg.inv(reference.affine_ras) @ mask.affine_ras
    whole = np.rint(exact)
    last = np.array(mask.mask_ijk.shape) - 1
    corners = np.array([[*corner, 1] for corner in product(*((0, end) for end in last))])
    # The deviation is linear in the index, so that it is greatest at a corner.
    deviation = float(np.abs((exact - whole) @ corners.T).max())
    one_to_one = round(abs(np.linalg.det(whole[:3, :3]))) == 1
    if deviation > _TOLERANCE_VOXELS or not one_to_one:
        raise GridMismatchError(
            "The stored mask and the reference do not lie on the same voxels "
            f"(off by up to {deviation:.3g} voxels), so one of them is in the wrong place."
        )
    return whole.astype(np.int64)
