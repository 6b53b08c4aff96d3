from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from segrelay_contract.error_codes import ErrorCode
from segrelay_worker.dicom_results.seg_content import (
    FULL_FRACTION,
    fractional_content,
    seg_content,
)
from segrelay_worker.errors import PermanentError

SHAPE = (2, 2, 3, 4)


@given(
    probabilities=arrays(np.float32, SHAPE, elements=st.floats(0, 1, width=32)),
    cleaned=arrays(np.bool_, SHAPE),
    threshold=st.floats(0, 1),
)
def test_fractions_give_the_mask_at_the_same_threshold(
    probabilities: np.ndarray, cleaned: np.ndarray, threshold: float
) -> None:
    mask = (probabilities > threshold) ^ cleaned  # cleaning adds and takes away
    content = fractional_content(mask, probabilities, threshold)
    np.testing.assert_array_equal(content.mask_szyx, mask)
    if threshold < 1:
        above = content.values_szyx / FULL_FRACTION > threshold
        np.testing.assert_array_equal(above, mask)


def test_a_probability_is_kept_as_exactly_as_a_byte_can() -> None:
    probabilities = np.linspace(0, 1, 48, dtype=np.float32).reshape(SHAPE)
    content = fractional_content(probabilities > 0.3, probabilities, 0.3)
    off = np.abs(content.values_szyx / np.float32(FULL_FRACTION) - probabilities)
    assert off.max() <= 1.0 / FULL_FRACTION


def test_segments_that_overlap_are_no_label_map() -> None:
    mask = np.zeros(SHAPE, dtype=bool)
    mask[:, 0, 0, :2] = True
    with pytest.raises(PermanentError) as caught:
        seg_content("labelmap", mask, None, 0.5)
    assert caught.value.code is ErrorCode.SEGMENTS_OVERLAP
    assert caught.value.parameters == {"count": 2}
