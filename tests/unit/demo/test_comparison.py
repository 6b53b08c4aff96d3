import numpy as np
import pytest

from demo.comparison import compared
from demo.errors import GridMismatchError
from demo.patient_tilt import patient_tilt_ras
from demo.placed_mask import PlacedMask


@pytest.fixture
def reference() -> PlacedMask:
    """An asymmetric mask of 2x3x5 voxels, off centre, in the tilted patient."""
    mask = np.zeros((10, 12, 14), dtype=bool)
    mask[1:3, 2:5, 6:11] = True
    affine = np.diag([1.0, 1.5, 2.0, 1.0])
    affine[:3, 3] = -5, -9, -14
    return PlacedMask(mask_ijk=mask, affine_ras=patient_tilt_ras() @ affine)


def moved(mask: PlacedMask, *, by_voxels: tuple[float, float, float]) -> PlacedMask:
    shift = np.eye(4)
    shift[:3, 3] = by_voxels
    return PlacedMask(mask_ijk=mask.mask_ijk, affine_ras=mask.affine_ras @ shift)


def test_a_mask_agrees_with_itself(reference: PlacedMask) -> None:
    comparison = compared(reference, reference=reference)
    assert (comparison.dice, comparison.voxels_different) == (1.0, 0)
    assert comparison.volume_ml == comparison.reference_volume_ml == pytest.approx(0.09)


def test_other_axes_and_a_smaller_grid_make_no_difference(reference: PlacedMask) -> None:
    crop = reference.mask_ijk[1:6, 2:9, 6:11]
    to_reference = np.array([[0, -1, 0, 5], [0, 0, 1, 2], [1, 0, 0, 6], [0, 0, 0, 1]])
    turned = PlacedMask(
        mask_ijk=crop[::-1].transpose(2, 0, 1), affine_ras=reference.affine_ras @ to_reference
    )
    comparison = compared(turned, reference=reference)
    assert (comparison.dice, comparison.voxels_different) == (1.0, 0)


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_a_mirrored_mask_disagrees(reference: PlacedMask, axis: int) -> None:
    mirrored = PlacedMask(
        mask_ijk=np.flip(reference.mask_ijk, axis), affine_ras=reference.affine_ras
    )
    comparison = compared(mirrored, reference=reference)
    assert comparison.volume_ml == comparison.reference_volume_ml
    assert comparison.dice < 0.5
    assert comparison.voxels_different > 30


def test_a_header_that_mirrors_left_and_right_does_not_pass(reference: PlacedMask) -> None:
    mirrored = PlacedMask(
        mask_ijk=reference.mask_ijk, affine_ras=np.diag([-1, 1, 1, 1]) @ reference.affine_ras
    )
    with pytest.raises(GridMismatchError):
        compared(mirrored, reference=reference)


def test_a_mask_one_slice_off_differs_by_its_two_faces(reference: PlacedMask) -> None:
    comparison = compared(moved(reference, by_voxels=(0, 0, 1)), reference=reference)
    assert comparison.voxels_different == 2 * (2 * 3)
    assert comparison.dice == pytest.approx(0.8)


def test_voxels_beyond_the_reference_count_as_different(reference: PlacedMask) -> None:
    comparison = compared(moved(reference, by_voxels=(-2, 0, 0)), reference=reference)
    assert comparison.voxels_different == 60
    assert comparison.dice == 0


@pytest.mark.parametrize("by_voxels", [(0.5, 0, 0), (0, 0.01, 0), (0, 0, -0.002)])
def test_a_mask_between_the_voxels_is_refused(
    reference: PlacedMask, by_voxels: tuple[float, float, float]
) -> None:
    with pytest.raises(GridMismatchError, match="do not lie on the same voxels"):
        compared(moved(reference, by_voxels=by_voxels), reference=reference)


def test_a_mask_with_larger_voxels_is_refused(reference: PlacedMask) -> None:
    coarse = PlacedMask(
        mask_ijk=reference.mask_ijk, affine_ras=reference.affine_ras @ np.diag([2, 1, 1, 1])
    )
    with pytest.raises(GridMismatchError):
        compared(coarse, reference=reference)


def test_the_rounding_of_a_nifti_header_is_tolerated(reference: PlacedMask) -> None:
    rounded = PlacedMask(
        mask_ijk=reference.mask_ijk,
        affine_ras=reference.affine_ras.astype(np.float32).astype(np.float64),
    )
    assert compared(rounded, reference=reference).voxels_different == 0


def test_two_empty_masks_agree(reference: PlacedMask) -> None:
    empty = PlacedMask(mask_ijk=np.zeros_like(reference.mask_ijk), affine_ras=reference.affine_ras)
    comparison = compared(empty, reference=empty)
    assert (comparison.dice, comparison.voxels_different, comparison.volume_ml) == (1.0, 0, 0.0)
