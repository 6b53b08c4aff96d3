import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segrelay_plugin.rules.conditions import Condition, OneOf, Pattern, Present, Range
from segrelay_plugin.rules.facts import SeriesFacts


def facts(**header: object) -> SeriesFacts:
    return SeriesFacts(header=header, images=24)


def holds(condition: Condition, **header: object) -> bool:
    return not condition.objections(facts(**header))


def pattern(expression: str) -> Pattern:
    return Pattern("SeriesDescription", re.compile(expression, re.IGNORECASE))


def test_text_is_searched_without_regard_to_case() -> None:
    assert holds(pattern(r"\bt1\b"), SeriesDescription="Ax T1 SE")


def test_an_absent_text_reads_as_empty() -> None:
    assert holds(pattern("^(?!.*localizer)"))
    assert not holds(pattern("t1"))


@pytest.mark.parametrize("value", [None, "", "fast", "1\\fast", "nan"])
def test_what_is_no_number_is_outside_every_range(value: str | None) -> None:
    assert not holds(Range("EchoTime"), EchoTime=value)


def test_each_of_several_values_must_lie_in_the_range() -> None:
    assert holds(Range("EchoTime", 0, 2), EchoTime="1\\2")
    assert not holds(Range("EchoTime", 0, 2), EchoTime="1\\3")


@given(low=st.floats(-1e6, 1e6), high=st.floats(-1e6, 1e6), number=st.floats(-1e6, 1e6))
def test_both_ends_belong_to_the_range(low: float, high: float, number: float) -> None:
    assert holds(Range("EchoTime", low, high), EchoTime=repr(number)) is (low <= number <= high)


@pytest.mark.parametrize(
    ("values", "value", "expected"),
    [
        (("MR", "CT"), "mr ", True),
        (("MR",), "MRX", False),
        (("IR",), "GR\\IR", True),
        (("MR",), None, False),
        ((1.5, 3.0), "3.0000000", True),
        ((2.98,), "2.98000001", True),
        ((2.98,), "2.981", False),
        ((0.0,), "0", True),
        ((1.0,), "one", False),
    ],
)
def test_one_of_the_tags_values_must_be_in_the_list(
    values: tuple[str | float, ...], value: str | None, *, expected: bool
) -> None:
    assert holds(OneOf("Modality", values), Modality=value) is expected


@pytest.mark.parametrize(
    ("value", "expected"), [("900", True), ("", False), (None, False), ([{"a": "b"}], True)]
)
def test_a_tag_is_there_when_it_holds_something(value: object, *, expected: bool) -> None:
    assert holds(Present("InversionTime"), InversionTime=value) is expected


@pytest.mark.parametrize(
    ("condition", "found", "kind"),
    [
        (pattern("t2"), "t1", "pattern"),
        (Range("EchoTime", 50), "12", "at_least"),
        (Range("EchoTime", maximum=5), "12", "at_most"),
        (Range("EchoTime", 50, 100), "12", "between"),
        (OneOf("Modality", ("CT",)), "MR", "one_of"),
        (Present("InversionTime"), None, "present"),
    ],
)
def test_a_condition_that_fails_says_what_was_found(
    condition: Condition, found: str | None, kind: str
) -> None:
    here = facts(SeriesDescription="t1", EchoTime="12", Modality="MR")
    [objection] = condition.objections(here)
    assert (objection.found, objection.kind, objection.wanted) == (found, kind, True)
    assert condition.objections(here, wanted=False) == ()


def test_a_condition_that_must_not_hold_objects_when_it_does() -> None:
    [objection] = Range("images", 2, math.inf).objections(facts(), wanted=False)
    assert (objection.fact, objection.found, objection.wanted) == ("images", "24", False)
