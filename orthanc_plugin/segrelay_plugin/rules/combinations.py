# SPDX-License-Identifier: AGPL-3.0-or-later
"""Conditions made of conditions; each has at least one part, except the `All` of a bare rule."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

from segrelay_plugin.rules.conditions import Condition
from segrelay_plugin.rules.facts import SeriesFacts
from segrelay_plugin.rules.objections import Objection


@dataclass(frozen=True, slots=True)
class All:
    """Every part must hold."""

    parts: tuple[Condition, ...]

    def objections(self, facts: SeriesFacts, *, wanted: bool = True) -> tuple[Objection, ...]:
        """The first part that fails says why; where not all may hold, each says that it does."""
        said = _first if wanted else _together
        return said(self.parts, facts, wanted=wanted)


@dataclass(frozen=True, slots=True)
class AnyOf:
    """One part at least must hold."""

    parts: tuple[Condition, ...]

    def objections(self, facts: SeriesFacts, *, wanted: bool = True) -> tuple[Objection, ...]:
        """Each part says why it fails; where none may hold, the first that does says so."""
        said = _together if wanted else _first
        return said(self.parts, facts, wanted=wanted)


@dataclass(frozen=True, slots=True)
class Not:
    """The part must not hold; so a tag that is absent meets the opposite of most conditions."""

    part: Condition

    def objections(self, facts: SeriesFacts, *, wanted: bool = True) -> tuple[Objection, ...]:
        """What is in the way of the part's opposite."""
        return self.part.objections(facts, wanted=not wanted)


def _first(
    parts: Sequence[Condition], facts: SeriesFacts, *, wanted: bool
) -> tuple[Objection, ...]:
    """What the first part objects that objects at all."""
    said = (part.objections(facts, wanted=wanted) for part in parts)
    return next((objections for objections in said if objections), ())


def _together(
    parts: Sequence[Condition], facts: SeriesFacts, *, wanted: bool
) -> tuple[Objection, ...]:
    """What all parts object, if none is content."""
    said = [part.objections(facts, wanted=wanted) for part in parts]
    return tuple(chain.from_iterable(said)) if all(said) else ()
