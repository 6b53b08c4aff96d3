from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray

from segrelay_worker.inference import contiguous as module
from segrelay_worker.inference.contiguous import contiguous


@given(
    array=arrays.arrays(np.float32, arrays.array_shapes(min_dims=3, max_dims=4, max_side=40)),
    data=st.data(),
)
def test_the_copy_holds_the_same_whatever_was_turned(
    array: NDArray[np.float32], data: st.DataObject
) -> None:
    order = data.draw(st.permutations(range(array.ndim)))
    flips = data.draw(st.lists(st.sampled_from(range(array.ndim)), unique=True))
    turned = np.flip(array.transpose(order), tuple(flips))
    copied = contiguous(turned)
    assert copied.flags.c_contiguous
    np.testing.assert_array_equal(copied, turned)


def test_what_is_contiguous_already_is_not_copied() -> None:
    array = np.zeros((2, 3, 4))
    assert contiguous(array) is array


def test_a_channel_of_its_own_is_shared_out_as_one_of_many(monkeypatch: pytest.MonkeyPatch) -> None:
    # What `np.newaxis` adds has a step of 0, which is shorter than that from value to value.
    shared_out: list[int] = []

    def noted(work: Callable[[slice], None], length: int) -> None:
        shared_out.append(length)
        work(slice(0, length))

    monkeypatch.setattr(module, "in_parts", noted)
    turned_xyz = np.zeros((5, 6, 7)).transpose(2, 1, 0)
    for channels_cxyz in (turned_xyz[np.newaxis], np.stack([turned_xyz] * 2)):
        contiguous(channels_cxyz[:, ::-1])
    assert shared_out == [6, 6]
