import numpy as np
import pytest

from demo.placed_mask import PlacedMask


def test_the_volume_counts_voxels_of_their_true_size() -> None:
    mask = np.zeros((4, 4, 4), dtype=bool)
    mask[0, :2, :] = True
    affine = np.diag([-2.0, 3.0, 0.5, 1.0])
    assert PlacedMask(mask_ijk=mask, affine_ras=affine).volume_ml == pytest.approx(8 * 3 / 1000)
