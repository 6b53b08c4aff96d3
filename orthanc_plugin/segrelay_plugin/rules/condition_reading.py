# SPDX-License-Identifier: AGPL-3.0-or-later
"""The conditions of a rule, from the TOML below its `when` (`segrelay-rules.toml` explains it)."""

from collections.abc import Callable, Mapping

from segrelay_plugin.errors import KeyPath, WrongRuleError
from segrelay_plugin.rules.combinations import All, AnyOf, Not
from segrelay_plugin.rules.conditions import Condition
from segrelay_plugin.rules.demand_reading import demand


def conditions_of(table: object, path: KeyPath) -> tuple[Condition, ...]:
    """What each line of a table of conditions demands.

    Raises:
        WrongRuleError: a condition is wrong; its path and the sentence say which and why.
    """
    if not isinstance(table, Mapping):
        raise WrongRuleError(path, f'"{path[-1]}" must be a table of conditions.')
    return tuple(_condition(name, value, (*path, name)) for name, value in table.items())


def _condition(name: str, value: object, path: KeyPath) -> Condition:
    combined = COMBINATIONS.get(name)
    return combined(value, path) if combined else demand(name, value, path)


def _not(value: object, path: KeyPath) -> Condition:
    if isinstance(value, list) or (isinstance(value, Mapping) and len(value) != 1):
        raise WrongRuleError(
            path,
            '"not" must hold one condition. Of several, write not.any (none of them may hold) or'
            " not.all (they may not hold together).",
        )
    [part] = conditions_of(value, path)
    return Not(part)


def _parts(value: object, path: KeyPath) -> tuple[Condition, ...]:
    """Of a list each table is one part; of a table each line."""
    if not value:
        raise WrongRuleError(path, f'"{path[-1]}" is empty: write conditions into it.')
    if not isinstance(value, list):
        return conditions_of(value, path)
    return tuple(All(_some(table, (*path, place))) for place, table in enumerate(value))


def _some(table: object, path: KeyPath) -> tuple[Condition, ...]:
    conditions = conditions_of(table, path)
    if not conditions:
        raise WrongRuleError(path, f'A table of "{path[-2]}" is empty: write conditions into it.')
    return conditions


COMBINATIONS: Mapping[str, Callable[[object, KeyPath], Condition]] = {
    "all": lambda value, path: All(_parts(value, path)),
    "any": lambda value, path: AnyOf(_parts(value, path)),
    "not": _not,
}
