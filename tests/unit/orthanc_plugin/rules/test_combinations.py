from hypothesis import given
from hypothesis import strategies as st

from segrelay_plugin.rules.combinations import All, AnyOf, Not
from segrelay_plugin.rules.conditions import Condition, OneOf, Present, Range
from segrelay_plugin.rules.facts import SeriesFacts

numbers = st.integers(0, 4)
tags = st.sampled_from(["EchoTime", "RepetitionTime", "InversionTime"])
facts = st.builds(
    SeriesFacts, header=st.dictionaries(tags, numbers.map(str), max_size=3), images=numbers
)
leaves = st.one_of(
    st.builds(Range, tags, numbers.map(float), numbers.map(float)),
    st.builds(OneOf, tags, st.tuples(numbers.map(float))),
    st.builds(Present, tags),
)


def grown(inner: st.SearchStrategy[Condition]) -> st.SearchStrategy[Condition]:
    parts = st.lists(inner, min_size=1, max_size=3).map(tuple)
    return st.one_of(st.builds(All, parts), st.builds(AnyOf, parts), st.builds(Not, inner))


conditions = st.recursive(leaves, grown, max_leaves=8)
several = st.lists(conditions, min_size=1, max_size=4).map(tuple)


def holds(condition: Condition, where: SeriesFacts) -> bool:
    return not condition.objections(where)


@given(conditions, facts)
def test_not_turns_a_condition_over(one: Condition, where: SeriesFacts) -> None:
    assert holds(Not(one), where) is not holds(one, where)


@given(conditions, facts)
def test_not_twice_is_nothing(one: Condition, where: SeriesFacts) -> None:
    assert Not(Not(one)).objections(where) == one.objections(where)


@given(several, facts)
def test_all_needs_each_and_any_needs_one(parts: tuple[Condition, ...], where: SeriesFacts) -> None:
    each = [holds(part, where) for part in parts]
    assert holds(All(parts), where) is all(each)
    assert holds(AnyOf(parts), where) is any(each)


@given(several, facts)
def test_neither_of_them_is_none_of_them(parts: tuple[Condition, ...], where: SeriesFacts) -> None:
    opposites = tuple(Not(part) for part in parts)
    assert Not(AnyOf(parts)).objections(where) == All(opposites).objections(where)
    assert Not(All(parts)).objections(where) == AnyOf(opposites).objections(where)


@given(conditions, facts)
def test_a_condition_or_its_opposite_has_something_to_object(
    one: Condition, where: SeriesFacts
) -> None:
    assert bool(one.objections(where)) is not bool(one.objections(where, wanted=False))


def test_all_names_the_first_that_fails_and_any_all_that_do() -> None:
    where = SeriesFacts({}, images=1)
    parts = (Present("EchoTime"), Present("InversionTime"))
    assert [found.fact for found in All(parts).objections(where)] == ["EchoTime"]
    assert [found.fact for found in AnyOf(parts).objections(where)] == ["EchoTime", "InversionTime"]


def test_a_rule_without_conditions_takes_every_series() -> None:
    assert holds(All(()), SeriesFacts({}, images=1))
