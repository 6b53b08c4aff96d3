from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from segrelay_worker.inference import moments
from segrelay_worker.inference.moments import mean_and_deviation

COUNT = 500_003  # several parts, the last one short


def noise(seed: int, mean: float = 0.0) -> NDArray[np.float32]:
    return np.random.default_rng(seed).normal(mean, size=COUNT).astype(np.float32)


@given(seed=st.integers(0, 2**32 - 1), mean=st.floats(-1e4, 1e4))
def test_they_are_numpys(seed: int, mean: float) -> None:
    values = noise(seed, mean)
    wanted = (values.mean(dtype=np.float64), values.std(dtype=np.float64))
    assert mean_and_deviation(values) == pytest.approx(wanted, rel=1e-12, abs=1e-12)


@pytest.mark.parametrize("count", [1, 2, COUNT])
def test_equal_values_do_not_deviate(count: int) -> None:
    mean, deviation = mean_and_deviation(np.full(count, 0.1, np.float32))
    assert (float(mean), float(deviation)) == (float(np.float32(0.1)), 0)


def test_the_order_of_the_parts_does_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    def last_first(work: Callable[[slice], None], length: int, *, planes: int) -> None:
        for start in reversed(range(0, length, planes)):
            work(slice(start, start + planes))

    values = [noise(seed, 300) for seed in range(20)]
    usual = [mean_and_deviation(each) for each in values]
    monkeypatch.setattr(moments, "in_parts", last_first)
    assert [mean_and_deviation(each) for each in values] == usual
