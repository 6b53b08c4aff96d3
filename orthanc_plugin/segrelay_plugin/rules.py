# SPDX-License-Identifier: AGPL-3.0-or-later
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

IMAGES = "images"  # stands beside the DICOM keywords in a rule; how many images the series has


@dataclass(frozen=True, slots=True)
class SeriesFacts:
    """What rules look at: the header of the first image, by DICOM keyword, and the image count."""

    header: Mapping[str, object]
    images: int

    def value(self, name: str) -> str | None:
        """One fact as text (several values joined by a backslash), or None if it is absent."""
        if name == IMAGES:
            return str(self.images)
        value = self.header.get(name)
        return value if isinstance(value, str) else None


class Condition(Protocol):
    """One demand on one fact."""

    def holds(self, value: str | None) -> bool:
        """Whether the fact meets the demand."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A regular expression, searched without regard to case; an absent tag reads as empty."""

    expression: re.Pattern[str]

    def holds(self, value: str | None) -> bool:
        """Whether the expression is found in the value."""
        return self.expression.search(value or "") is not None


@dataclass(frozen=True, slots=True)
class Range:
    """A closed range in the tag's own unit; an absent or non-numeric tag is outside."""

    minimum: float
    maximum: float

    def holds(self, value: str | None) -> bool:
        """Whether each of the tag's values lies in the range."""
        if value is None:
            return False
        try:
            numbers = [float(part) for part in value.split("\\")]
        except ValueError:
            return False
        return all(self.minimum <= number <= self.maximum for number in numbers)


class RequestFor(StrEnum):
    """What a request at once waits for."""

    SERIES = "series"  # this series to be complete
    STUDY = "study"  # a series of the study for each role of the model


class Priority(StrEnum):
    """How long a request may wait behind later ones."""

    URGENT = "urgent"  # due at once
    ROUTINE = "routine"  # due in 10 minutes
    BACKGROUND = "background"  # due in 2 hours


@dataclass(frozen=True, slots=True)
class Rule:
    """What a series that meets every condition becomes."""

    name: str
    role: str | None
    candidate_models: tuple[str, ...]  # empty: whatever the online workers offer
    request_now: bool
    when: Mapping[str, Condition]
    request_for: RequestFor = RequestFor.SERIES
    priority: Priority = Priority.ROUTINE
    again_when_grown: bool = False  # request once more what ran on the incomplete series

    def failed_condition(self, facts: SeriesFacts) -> str | None:
        """The first fact that does not fit, or None if the rule matches."""
        for name, condition in self.when.items():
            if not condition.holds(facts.value(name)):
                return name
        return None


def first_match(rules: Sequence[Rule], facts: SeriesFacts) -> Rule | None:
    """The rule that decides: the first one that matches, in the order of the file."""
    return next((rule for rule in rules if rule.failed_condition(facts) is None), None)
