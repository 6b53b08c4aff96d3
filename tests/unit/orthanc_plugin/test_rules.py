import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segrelay_plugin.rules import Pattern, Range, Rule, SeriesFacts, first_match

FACTS = SeriesFacts(header={"SeriesDescription": "Ax T1 SE", "EchoTime": "12"}, images=24)


def rule(name: str, **when: Pattern | Range) -> Rule:
    return Rule(name=name, role=None, candidate_models=(), request_now=False, when=when)


def pattern(expression: str) -> Pattern:
    return Pattern(re.compile(expression, re.IGNORECASE))


def test_the_first_rule_that_matches_decides() -> None:
    rules = [rule("no", SeriesDescription=pattern("t2")), rule("yes"), rule("too late")]
    found = first_match(rules, FACTS)
    assert found is not None
    assert found.name == "yes"


def test_without_a_matching_rule_there_is_none() -> None:
    assert first_match([rule("no", EchoTime=Range(50, 100))], FACTS) is None


def test_every_condition_must_hold() -> None:
    both = rule("both", SeriesDescription=pattern("t1"), images=Range(30, math.inf))
    assert both.failed_condition(FACTS) == "images"


def test_text_is_searched_without_regard_to_case() -> None:
    assert rule("t1", SeriesDescription=pattern(r"\bt1\b")).failed_condition(FACTS) is None


def test_an_absent_text_reads_as_empty() -> None:
    assert pattern("^(?!.*localizer)").holds(None)
    assert not pattern("t1").holds(None)


@pytest.mark.parametrize("value", [None, "", "fast", "1\\fast"])
def test_what_is_no_number_is_outside_every_range(value: str | None) -> None:
    assert not Range(-math.inf, math.inf).holds(value)


def test_each_of_several_values_must_lie_in_the_range() -> None:
    assert Range(0, 2).holds("1\\2")
    assert not Range(0, 2).holds("1\\3")


@given(
    low=st.floats(-1e6, 1e6),
    high=st.floats(-1e6, 1e6),
    number=st.floats(-1e6, 1e6),
)
def test_both_ends_belong_to_the_range(low: float, high: float, number: float) -> None:
    assert Range(low, high).holds(repr(number)) is (low <= number <= high)
