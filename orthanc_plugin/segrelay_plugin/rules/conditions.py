# SPDX-License-Identifier: AGPL-3.0-or-later
import math
import re
from dataclasses import dataclass
from typing import Protocol

from segrelay_plugin.rules.facts import SeriesFacts
from segrelay_plugin.rules.objections import Objection

NUMBERS_EQUAL_TO = 1e-6  # of the number: scanners write 2.98 as 2.98000001


class Condition(Protocol):
    """A demand on the facts of a series."""

    def objections(self, facts: SeriesFacts, *, wanted: bool = True) -> tuple[Objection, ...]:
        """What is in its way, or (not wanted) in the way of its opposite; nothing if it holds."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A regular expression, searched without regard to case; an absent tag reads as empty."""

    fact: str
    expression: re.Pattern[str]

    def objections(self, facts: SeriesFacts, *, wanted: bool = True) -> tuple[Objection, ...]:
        """The expression is not found in the value."""
        value = facts.value(self.fact)
        if (self.expression.search(value or "") is not None) is wanted:
            return ()
        asked = {"expression": self.expression.pattern}
        return (Objection(self.fact, value, "pattern", asked, wanted=wanted),)


@dataclass(frozen=True, slots=True)
class Range:
    """A closed range in the tag's own unit; an absent or non-numeric tag is outside."""

    fact: str
    minimum: float = -math.inf
    maximum: float = math.inf

    def objections(self, facts: SeriesFacts, *, wanted: bool = True) -> tuple[Objection, ...]:
        """One of the tag's values lies outside."""
        value = facts.value(self.fact)
        if _all_within(value, self.minimum, self.maximum) is wanted:
            return ()
        asked = {"minimum": f"{self.minimum:g}", "maximum": f"{self.maximum:g}"}
        return (Objection(self.fact, value, self._kind, asked, wanted=wanted),)

    @property
    def _kind(self) -> str:
        if self.minimum == -math.inf:
            return "at_most"
        return "at_least" if self.maximum == math.inf else "between"


@dataclass(frozen=True, slots=True)
class OneOf:
    """A list of which one of the tag's values must be; texts are compared without case."""

    fact: str
    values: tuple[str | float, ...]

    def objections(self, facts: SeriesFacts, *, wanted: bool = True) -> tuple[Objection, ...]:
        """None of the tag's values is in the list."""
        found = facts.value(self.fact)
        parts = found.split("\\") if found is not None else []
        if any(_equal(part, value) for part in parts for value in self.values) is wanted:
            return ()
        asked = {"values": ", ".join(map(_shown, self.values))}
        return (Objection(self.fact, found, "one_of", asked, wanted=wanted),)


@dataclass(frozen=True, slots=True)
class Present:
    """A tag must be there and not be empty, whatever its value."""

    fact: str

    def objections(self, facts: SeriesFacts, *, wanted: bool = True) -> tuple[Objection, ...]:
        """The tag is absent or empty."""
        if facts.has(self.fact) is wanted:
            return ()
        return (Objection(self.fact, None, "present", {}, wanted=wanted),)


def _all_within(value: str | None, minimum: float, maximum: float) -> bool:
    numbers = [_number(part) for part in value.split("\\")] if value is not None else [math.nan]
    return all(minimum <= number <= maximum for number in numbers)


def _equal(part: str, value: str | float) -> bool:
    if isinstance(value, str):
        return part.strip().casefold() == value.strip().casefold()
    return math.isclose(_number(part), value, rel_tol=NUMBERS_EQUAL_TO)


def _number(text: str) -> float:
    """What is no number is in no range, as NaN is."""
    try:
        return float(text)
    except ValueError:
        return math.nan


def _shown(value: str | float) -> str:
    return value if isinstance(value, str) else f"{value:g}"
