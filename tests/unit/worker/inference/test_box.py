from __future__ import annotations

import numpy as np
import pytest
import torch
from builders.placed_channels import placed
from hypothesis import given
from hypothesis import strategies as st
from monai.transforms.croppad.array import CropForeground as MonaisCrop
from monai.transforms.croppad.array import DivisiblePad
from numpy.typing import NDArray

from segrelay_worker.inference.box import Box, foreground_box, padding_box
from segrelay_worker.segmenters.spatial_steps import CropForeground, PadToMultiple

SHAPE = (11, 14, 9)


def crop(above: float = 0.0, margin: int = 0) -> CropForeground:
    return CropForeground(step="crop_foreground", above=above, margin_voxels=margin)


def pad(multiple: int) -> PadToMultiple:
    return PadToMultiple(step="pad_to_multiple", multiple=multiple)


def head() -> NDArray[np.float32]:
    """Two roles that are bright in different places, dark around."""
    channels = np.zeros((2, *SHAPE), dtype=np.float32)
    channels[0, 3:6, 4:12, 2:5] = np.random.default_rng(1).uniform(0.5, 9, (3, 8, 3))
    channels[1, 4:8, 4:7, 1] = 7
    return channels


@pytest.mark.parametrize(("above", "margin"), [(0.0, 0), (0.0, 2), (6.0, 1), (0.0, 30)])
def test_the_foreground_is_monais(above: float, margin: int) -> None:
    box = foreground_box(crop(above, margin), head())
    theirs = MonaisCrop(lambda image: image > above, margin=margin, allow_smaller=True)
    np.testing.assert_array_equal(box.cut_out(head()), theirs(torch.from_numpy(head())).numpy())


@pytest.mark.parametrize("multiple", [1, 2, 8, 16])
def test_padding_is_monais(multiple: int) -> None:
    box = padding_box(pad(multiple), SHAPE)
    theirs = DivisiblePad(multiple)(torch.from_numpy(head()))
    np.testing.assert_array_equal(box.surrounded(head()), theirs.numpy())


def test_a_volume_without_foreground_stays_whole() -> None:
    assert foreground_box(crop(above=100), head()) == Box((0, 0, 0), SHAPE, SHAPE)


@given(
    lengths=st.tuples(*[st.tuples(st.integers(0, 3), st.integers(1, 4), st.integers(0, 3))] * 3),
)
def test_what_was_cut_out_comes_back_to_its_place(
    lengths: tuple[tuple[int, int, int], ...],
) -> None:
    starts, shape = (tuple(part[index] for part in lengths) for index in (0, 1))
    outer_shape = tuple(sum(part) for part in lengths)
    box = Box(starts, shape, outer_shape)
    inside = np.random.default_rng(2).uniform(1, 2, (2, *shape)).astype(np.float32)
    outside = box.surrounded(inside)
    np.testing.assert_array_equal(box.cut_out(outside), inside)
    assert np.count_nonzero(outside) == inside.size


def test_each_voxel_stays_where_it_lies_in_the_patient() -> None:
    stored = placed(np.indices(SHAPE).astype(np.float32), (0.7, 1.3, 2.0))
    padded = padding_box(pad(16), SHAPE).padded(stored)
    cropped = foreground_box(crop(above=5), stored.array_cxyz).cropped(stored)
    for channels in (padded, cropped):
        x, y, z = index = np.array([3, 7, 3])
        before = channels.array_cxyz[:, x, y, z]  # its index in the source, as an intensity
        np.testing.assert_allclose(
            channels.affine_xyz_to_lps @ [*index, 1], stored.affine_xyz_to_lps @ [*before, 1]
        )
