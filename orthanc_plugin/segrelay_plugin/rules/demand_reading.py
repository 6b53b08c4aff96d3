# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a rule demands of one fact: what stands in TOML behind its name."""

import difflib
import math
import re
from collections.abc import Mapping
from typing import TypeGuard

from segrelay_plugin.errors import KeyPath, WrongRuleError
from segrelay_plugin.rules.combinations import Not
from segrelay_plugin.rules.conditions import Condition, OneOf, Pattern, Present, Range
from segrelay_plugin.rules.facts import DIMENSION, IMAGES, PLANE
from segrelay_plugin.rules.keywords import WITHOUT_TEXT, identifying_keywords, known_keywords
from segrelay_plugin.rules.planes import Plane

CHOICES = {PLANE: tuple(map(str, Plane)), DIMENSION: ("2D", "3D")}
NAMES_OF_OUR_OWN = (IMAGES, PLANE, DIMENSION, "all", "any", "not")
FORMS = (
    "a regular expression, a number, a list of texts or of numbers, { min, max } or"
    " { present = true }"
)


def demand(name: str, value: object, path: KeyPath) -> Condition:
    """The condition on one DICOM tag, or on images, plane or dimension.

    Raises:
        WrongRuleError: nothing can be asked so; the sentence says why.
    """
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
