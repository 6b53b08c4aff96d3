from __future__ import annotations

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segrelay_contract.series_rules.geometry import (
    cross,
    dot,
    order_along_normal,
    sideways_shift_mm,
)
from segrelay_contract.series_rules.headers import Vector

ROW: Vector = (1.0, 0.0, 0.0)
COLUMN: Vector = (0.0, 1.0, 0.0)

components = st.floats(-10, 10)
vectors = st.tuples(components, components, components)


@given(vectors, vectors)
def test_the_vector_product_stands_upright_on_both(a: Vector, b: Vector) -> None:
    assert dot(cross(a, b), a) == pytest.approx(0.0, abs=1e-9)
    assert dot(cross(a, b), b) == pytest.approx(0.0, abs=1e-9)


def test_rows_to_the_left_and_columns_to_the_back_give_slices_to_the_head() -> None:
    assert cross(ROW, COLUMN) == (0.0, 0.0, 1.0)


@given(count=st.integers(2, 30), gap_mm=st.floats(0.5, 8), seed=st.integers(0, 1000))
def test_shuffled_slices_come_back_in_order(count: int, gap_mm: float, seed: int) -> None:
    places = list(range(count))
    random.Random(seed).shuffle(places)  # noqa: S311 - an order for a test
    order = order_along_normal([(3.0, 4.0, gap_mm * place) for place in places], ROW, COLUMN)
    assert [places[index] for index in order.indices] == list(range(count))
    assert order.distances_mm[0] == 0.0
    assert order.usual_gap_mm == pytest.approx(gap_mm)


def test_slices_against_the_normal_are_turned_round() -> None:
    order = order_along_normal([(0.0, 0.0, 9.0), (0.0, 0.0, 7.0)], ROW, COLUMN)
    assert order.indices == (1, 0)
    assert order.gaps_mm == (2.0,)


def test_a_straight_stack_has_no_sideways_shift() -> None:
    assert sideways_shift_mm([(1.0, 2.0, 0.0), (1.0, 2.0, 5.0)], ROW, COLUMN) == 0.0


def test_the_largest_sideways_shift_counts() -> None:
    tilted = [(0.0, math.tan(0.2) * z, z) for z in (0.0, 10.0, 20.0)]
    assert sideways_shift_mm(tilted, ROW, COLUMN) == pytest.approx(20 * math.tan(0.2))
