# SPDX-License-Identifier: AGPL-3.0-or-later
"""The conditions of a rule, from the TOML below its `when` (`segrelay-rules.toml` explains it)."""

import difflib
import math
import re
from collections.abc import Callable, Mapping
from typing import TypeGuard

from segrelay_plugin.errors import WrongRuleError
from segrelay_plugin.rules.combinations import All, AnyOf, Not
from segrelay_plugin.rules.conditions import Condition, OneOf, Pattern, Present, Range
from segrelay_plugin.rules.facts import DIMENSION, IMAGES, PLANE
from segrelay_plugin.rules.keywords import WITHOUT_TEXT, identifying_keywords, known_keywords
from segrelay_plugin.rules.planes import Plane

KeyPath = tuple[str | int, ...]  # from the top of the file to a value

CHOICES = {PLANE: tuple(map(str, Plane)), DIMENSION: ("2D", "3D")}
NAMES_OF_OUR_OWN = (IMAGES, PLANE, DIMENSION, "all", "any", "not")
FORMS = (
    "a regular expression, a number, a list of texts or of numbers, { min, max } or"
    " { present = true }"
)


def conditions_of(table: object, path: KeyPath) -> tuple[Condition, ...]:
    """What each line of a table of conditions demands.

    Raises:
        WrongRuleError: a condition is wrong; its path and the sentence say which and why.
    """
    if not isinstance(table, Mapping):
        raise WrongRuleError(path, f'"{path[-1]}" must be a table of conditions.')
    return tuple(_condition(name, value, (*path, name)) for name, value in table.items())


def _condition(name: str, value: object, path: KeyPath) -> Condition:
    if name in COMBINATIONS:
        return COMBINATIONS[name](value, path)
    if name in CHOICES:
        return _choice(name, value, path)
    _require_known(name, path)
    if isinstance(value, Mapping):
        return _table(name, value, path)
    if known_keywords().get(name) in WITHOUT_TEXT:
        raise WrongRuleError(
            path, f"{name} has no text to compare: only {{ present }} can be asked."
        )
    if isinstance(value, str) and name != IMAGES:
        return Pattern(name, _expression(name, value, path))
    if isinstance(value, list) or _is_number(value):
        return OneOf(name, _values(name, value, path))
    raise WrongRuleError(path, f"The condition on {name} must be {FORMS}.")


def _require_known(name: str, path: KeyPath) -> None:
    if name in identifying_keywords():
        raise WrongRuleError(
            path, f"{name} can tell who the patient is: rules must not look at it."
        )
    if name == IMAGES or name in known_keywords():
        return
    near = difflib.get_close_matches(name, (*known_keywords(), *NAMES_OF_OUR_OWN), n=1)
    hint = f' Is "{near[0]}" meant?' if near else ""
    raise WrongRuleError(
        path, f'"{name}" is neither a DICOM keyword nor {", ".join(NAMES_OF_OUR_OWN)}.{hint}'
    )


def _choice(name: str, value: object, path: KeyPath) -> Condition:
    asked = value if isinstance(value, list) else [value]
    known = CHOICES[name]
    by_name = {choice.casefold(): choice for choice in known}
    chosen = [by_name.get(str(one).casefold()) for one in asked]
    if not chosen or None in chosen:
        raise WrongRuleError(path, f"{name} must be of {', '.join(known)}: one, or a list.")
    return OneOf(name, tuple(one for one in chosen if one))


def _table(name: str, table: Mapping[str, object], path: KeyPath) -> Condition:
    if table and set(table) <= {"min", "max"} and known_keywords().get(name) not in WITHOUT_TEXT:
        return _range(name, table, path)
    if set(table) == {"present"} and isinstance(table["present"], bool) and name != IMAGES:
        present = Present(name)
        return present if table["present"] else Not(present)
    raise WrongRuleError(path, f"The condition on {name} must be {FORMS}.")


def _range(name: str, table: Mapping[str, object], path: KeyPath) -> Range:
    low = _end(name, table.get("min", -math.inf), path)
    high = _end(name, table.get("max", math.inf), path)
    if low > high:
        raise WrongRuleError(path, f"The range of {name} is empty: min is above max.")
    return Range(name, low, high)


def _end(name: str, value: object, path: KeyPath) -> float:
    if _is_number(value):
        return float(value)
    raise WrongRuleError(path, f"The range of {name} must be made of numbers.")


def _values(name: str, value: object, path: KeyPath) -> tuple[str | float, ...]:
    values = value if isinstance(value, list) else [value]
    numbers = [float(one) for one in values if _is_number(one)]
    texts = [one for one in values if isinstance(one, str)]
    if not values or len(values) not in (len(numbers), len(texts)) or (texts and name == IMAGES):
        raise WrongRuleError(path, f"The list for {name} must hold texts only, or numbers only.")
    if any("\\" in text for text in texts):
        raise WrongRuleError(
            path,
            f"The list for {name} holds a backslash, which only parts the values of a tag:"
            " list single values.",
        )
    return (*numbers, *texts)


def _is_number(value: object) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not (isinstance(value, bool) or math.isnan(value))


def _expression(name: str, text: str, path: KeyPath) -> re.Pattern[str]:
    try:
        return re.compile(text, re.IGNORECASE)
    except re.error as error:
        raise WrongRuleError(
            path, f"The regular expression for {name} is wrong: {error}."
        ) from error


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
