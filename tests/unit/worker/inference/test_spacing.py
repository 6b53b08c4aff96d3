from __future__ import annotations

import numpy as np
import pytest
import torch
from builders.placed_channels import placed
from monai.data.meta_tensor import MetaTensor
from monai.transforms.spatial.array import Spacing
from numpy.typing import NDArray

from segrelay_worker.inference.spacing import respacing_to
from segrelay_worker.segmenters.segmenter import PlacedChannels
from segrelay_worker.segmenters.spatial_steps import Resample

SHAPE = (23, 30, 17)
SPACING = (0.9, 1.1, 2.4)


def step(**wanted: object) -> Resample:
    return Resample.model_validate({"step": "resample", **wanted})


def respaced(wanted: Resample, stored: PlacedChannels) -> PlacedChannels:
    return respacing_to(wanted, stored).apply(stored)


def waves(shape: tuple[int, ...], spacing: tuple[float, ...]) -> NDArray[np.float32]:
    """Smooth and without symmetry, [role, x, y, z]; a function of the place in mm."""
    x, y, z = np.meshgrid(
        *(np.arange(n) * step for n, step in zip(shape, spacing, strict=True)), indexing="ij"
    )
    return np.stack([np.sin(x / 7) + y / 20, np.cos(z / 9) * x / 10]).astype(np.float32)


@pytest.mark.parametrize("align_corners", [True, False])
@pytest.mark.parametrize("wanted", [(1.5, 1.5, 1.5), (1.0, 2.0, 0.8), (0.9, 1.1, 1.2)])
def test_a_volume_becomes_what_monai_makes_of_it(
    wanted: tuple[float, float, float], *, align_corners: bool
) -> None:
    volume = waves(SHAPE, SPACING)
    ours = respaced(step(spacing_mm=wanted), placed(volume, SPACING)).array_cxyz
    image = MetaTensor(torch.from_numpy(volume), affine=torch.diag(torch.tensor([*SPACING, 1.0])))
    theirs = Spacing(wanted, mode="bilinear", padding_mode="border", align_corners=align_corners)(
        image
    )
    assert ours.shape == tuple(theirs.shape)
    np.testing.assert_allclose(ours, theirs.numpy(), atol=1e-4)


@pytest.mark.parametrize("interpolation", ["linear", "cubic"])
@pytest.mark.parametrize("wanted", [(0.5, 0.5, 0.5), (1.5, 1.5, 1.5)])
def test_each_voxel_holds_what_lies_at_its_place(
    wanted: tuple[float, float, float], interpolation: str
) -> None:
    asked = step(spacing_mm=wanted, interpolation=interpolation)
    made = respaced(asked, placed(waves(SHAPE, SPACING), SPACING))
    assert made.spacing_xyz_mm == pytest.approx(wanted)
    ours = made.array_cxyz
    expected = waves(ours.shape[1:], wanted)
    inner = (slice(None), *(slice(2, -2) for _ in range(3)))
    np.testing.assert_allclose(ours[inner], expected[inner], atol=0.06)


def test_what_is_smooth_comes_back_as_it_was() -> None:
    volume = waves(SHAPE, SPACING)
    respacing = respacing_to(step(spacing_mm=(0.8, 0.8, 0.8)), placed(volume, SPACING))
    back = respacing.undo(respacing.apply(placed(volume, SPACING)).array_cxyz)
    assert back.shape == volume.shape
    np.testing.assert_allclose(back, volume, atol=0.02)


@pytest.mark.parametrize("spacing_mm", [SPACING, (0.90001, 1.1, 2.4)])
def test_where_no_other_size_is_asked_for_no_value_is_touched(
    spacing_mm: tuple[float, float, float],
) -> None:
    stored = placed(waves(SHAPE, SPACING), SPACING)
    respacing = respacing_to(step(spacing_mm=spacing_mm), stored)
    assert respacing.apply(stored) is stored
    assert respacing.undo(stored.array_cxyz) is stored.array_cxyz


def test_a_pattern_finer_than_the_new_voxels_is_blurred_away_if_the_package_says_so() -> None:
    stripes = np.zeros((1, 41, 8, 8), dtype=np.float32)
    stripes[:, ::2] = 1
    wanted = {"spacing_mm": (4.0, 1.0, 1.0)}
    plain = respaced(step(**wanted), placed(stripes))
    blurred = respaced(step(**wanted, antialias=True), placed(stripes))
    assert (plain.array_cxyz == 1).all()  # every fourth voxel is a stripe
    np.testing.assert_allclose(blurred.array_cxyz[:, 1:-1], 0.5, atol=0.05)


def test_the_last_digits_of_a_header_do_not_make_black_voxels_less_black() -> None:
    volume = np.zeros((1, 13, 5, 5), dtype=np.float32)
    volume[:, 6:] = 700  # the fourth new voxel lies on the last black one
    wanted = step(spacing_mm=(1.5, 1.2, 1.2))
    exact = respaced(wanted, placed(volume, (1.2, 1.2, 1.2))).array_cxyz
    rounded = respaced(wanted, placed(volume, (1.2 - 2e-10, 1.2, 1.2))).array_cxyz
    np.testing.assert_array_equal(rounded != 0, exact != 0)
