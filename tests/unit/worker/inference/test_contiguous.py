from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray

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
