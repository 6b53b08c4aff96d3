# SPDX-License-Identifier: AGPL-3.0-or-later
import math
import re
import tomllib
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path

from segrelay_plugin.errors import ConfigurationError
from segrelay_plugin.rules import IMAGES, Condition, Pattern, Priority, Range, RequestFor, Rule

RULE_KEYS = {
    "name",
    "role",
    "candidate_models",
    "request_now",
    "request_for",
    "priority",
    "again_when_grown",
    "when",
}
MODEL_NAME = re.compile(r"\S+")
KEYWORD = re.compile(r"[A-Z][A-Za-z0-9]+")


def load_rules(path: Path) -> tuple[Rule, ...]:
    """Reads the tagging rules, in their order.

    Raises:
        ConfigurationError: the file cannot be read, or a rule in it is wrong; says which and why.
    """
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigurationError(
            f"The rules file {path.name} cannot be read: {error.strerror}."
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(
            f"The rules file {path.name} is not valid TOML: {error}."
        ) from error
    tables = document.get("rules")
    if not isinstance(tables, list) or not tables:
        raise ConfigurationError(f"The rules file {path.name} holds no [[rules]].")
    return tuple(_rule(number, table) for number, table in enumerate(tables, start=1))


def _rule(number: int, table: object) -> Rule:
    if not isinstance(table, Mapping):
        raise ConfigurationError(f"Rule {number} is not a table: write [[rules]] above it.")
    place = f'Rule {number} "{table.get("name", "without name")}"'
    # Unlike messages between machines, a file written by hand has typing errors.
    unknown = sorted(set(table) - RULE_KEYS)
    if unknown:
        raise ConfigurationError(f"{place} has unknown keys: {', '.join(unknown)}.")
    return Rule(
        name=_name(place, table),
        role=_role(place, table),
        candidate_models=_models(place, table),
        request_now=_switch(place, table, "request_now"),
        request_for=RequestFor(_one_of(place, table, "request_for", RequestFor.SERIES)),
        priority=Priority(_one_of(place, table, "priority", Priority.ROUTINE)),
        again_when_grown=_switch(place, table, "again_when_grown"),
        when=_when(place, table),
    )


def _name(place: str, table: Mapping[str, object]) -> str:
    name = table.get("name")
    if not isinstance(name, str) or not name:
        raise ConfigurationError(f'{place}: "name" must be a text.')
    return name


def _role(place: str, table: Mapping[str, object]) -> str | None:
    role = table.get("role")
    if role is not None and (not isinstance(role, str) or not role):
        raise ConfigurationError(f'{place}: "role" must be a text like "t1", or be left out.')
    return role


def _models(place: str, table: Mapping[str, object]) -> tuple[str, ...]:
    models = table.get("candidate_models", [])
    if not isinstance(models, list) or not all(_is_model_name(model) for model in models):
        raise ConfigurationError(f'{place}: "candidate_models" must be a list of model names.')
    return tuple(models)


def _is_model_name(model: object) -> bool:
    return isinstance(model, str) and MODEL_NAME.fullmatch(model) is not None


def _switch(place: str, table: Mapping[str, object], key: str) -> bool:
    value = table.get(key, False)
    if not isinstance(value, bool):
        raise ConfigurationError(f'{place}: "{key}" must be true or false.')
    return value


def _one_of(place: str, table: Mapping[str, object], key: str, default: StrEnum) -> str:
    value = table.get(key, default)
    known = [member.value for member in type(default)]
    if value not in known:
        raise ConfigurationError(f'{place}: "{key}" must be one of {", ".join(known)}.')
    return str(value)


def _when(place: str, table: Mapping[str, object]) -> Mapping[str, Condition]:
    when = table.get("when", {})
    if not isinstance(when, Mapping):
        raise ConfigurationError(f'{place}: "when" must be a table of conditions.')
    return {name: _condition(place, name, value) for name, value in when.items()}


def _condition(place: str, name: str, value: object) -> Condition:
    if name != IMAGES and not KEYWORD.fullmatch(name):
        raise ConfigurationError(f'{place}: "{name}" is neither a DICOM keyword nor "{IMAGES}".')
    if isinstance(value, str):
        return _pattern(place, name, value)
    if isinstance(value, Mapping) and value and set(value) <= {"min", "max"}:
        return Range(
            minimum=_bound(place, name, value.get("min", -math.inf)),
            maximum=_bound(place, name, value.get("max", math.inf)),
        )
    raise ConfigurationError(
        f"{place}: the condition on {name} must be a regular expression or {{ min, max }}."
    )


def _pattern(place: str, name: str, expression: str) -> Pattern:
    try:
        return Pattern(re.compile(expression, re.IGNORECASE))
    except re.error as error:
        raise ConfigurationError(
            f"{place}: the regular expression for {name} is wrong: {error}."
        ) from error


def _bound(place: str, name: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ConfigurationError(f"{place}: the range of {name} must be made of numbers.")
    return float(value)
