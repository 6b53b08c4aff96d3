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


def misleading(shown: float) -> NDArray[np.float32]:
    """Where the sample looks there is something else than everywhere else."""
    values = noise()
    values[np.random.default_rng(0).integers(COUNT, size=1 << 16)] = shown
    return values


def striped() -> NDArray[np.float32]:
    """Rows of four values; each first one is bright."""
    values = np.random.default_rng(0).normal(size=1 << 18).astype(np.float32)
    values[::4] += 1000
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
    "misleading up": misleading(1000),
    "misleading down": misleading(-1000),
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


@pytest.fixture
def partitioned(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many values each partition was about."""
    sizes: list[int] = []
    partition = np.partition

    def noted(values: NDArray[np.float32], ranks: list[int]) -> NDArray[np.float32]:
        sizes.append(len(values))
        return partition(values, ranks)

    monkeypatch.setattr(np, "partition", noted)
    return sizes


@pytest.mark.parametrize("values", [noise(), striped()], ids=["noise", "striped"])
def test_large_arrays_are_not_sorted_whole(
    partitioned: list[int], values: NDArray[np.float32]
) -> None:
    percentiles_of(values, (0.5, 50.0, 99.5))
    assert max(partitioned) < len(values) / 10


def test_where_the_sample_misleads_all_is_looked_at(partitioned: list[int]) -> None:
    percentiles_of(misleading(1000), (50.0,))
    assert max(partitioned) == COUNT
