from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from segrelay_worker.inference.percentiles import percentiles_of

COUNT = 200_003
ALL = (0.0, 0.5, 1.0, 13.7, 50.0, 62.5, 99.0, 99.5, 99.9999, 100.0)


def noise(seed: int = 0) -> NDArray[np.float32]:
    return np.random.default_rng(seed).normal(size=COUNT).astype(np.float32)


def head_like() -> NDArray[np.float32]:
    """Two thirds of background, the rest of few grey levels."""
    values = np.round(np.abs(noise()) * 300).astype(np.float32)
    values[: 2 * COUNT // 3] = 0
    return values


CASES = {
    "noise": noise(),
    "head": head_like(),
    "shuffled head": np.random.default_rng(1).permutation(head_like()),
    "one value": np.full(COUNT, 7.25, np.float32),
    "two values": np.repeat(np.array([-3, 5], np.float32), COUNT // 2),
    "ascending": np.sort(noise()),
    "descending": np.sort(noise())[::-1],
    "far ends": np.concatenate([noise(), np.array([1e38, -1e38], np.float32)]),
    # The sample takes every third value, and sees nothing of the others.
    "misleading up": np.where(np.arange(COUNT) % 3 == 0, 1000, noise()).astype(np.float32),
    "misleading down": np.where(np.arange(COUNT) % 3 == 0, -1000, noise()).astype(np.float32),
    "few": noise()[:5],
}


@pytest.mark.parametrize("case", CASES)
def test_percentiles_are_numpys_to_the_last_bit(case: str) -> None:
    values = CASES[case]
    given_values = values.copy()
    assert percentiles_of(values, ALL).tobytes() == np.percentile(values, ALL).tobytes()
    assert np.array_equal(values, given_values)


@given(
    seed=st.integers(0, 2**32 - 1),
    levels=st.integers(1, 5000),
    percentiles=st.lists(st.floats(0, 100), min_size=1, max_size=3),
)
def test_any_percentile_of_any_levels_is_numpys(
    seed: int, levels: int, percentiles: list[float]
) -> None:
    values = np.random.default_rng(seed).integers(0, levels, COUNT).astype(np.float32)
    values *= np.float32(0.1)
    assert (
        percentiles_of(values, percentiles).tobytes()
        == np.percentile(values, percentiles).tobytes()
    )


def test_a_value_that_is_no_number_shows() -> None:
    values = noise()
    values[12_345] = np.nan
    assert np.isnan(percentiles_of(values, ALL)).all()


def test_large_arrays_are_not_sorted_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []
    partition = np.partition

    def noted(values: NDArray[np.float32], ranks: list[int]) -> NDArray[np.float32]:
        sizes.append(len(values))
        return partition(values, ranks)

    monkeypatch.setattr(np, "partition", noted)
    percentiles_of(noise(), (0.5, 50.0, 99.5))
    assert max(sizes) < COUNT / 10
