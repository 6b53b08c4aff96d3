# SPDX-License-Identifier: AGPL-3.0-or-later
import re
from collections.abc import Mapping
from enum import StrEnum

from segrelay_plugin.errors import KeyPath, WrongRuleError
from segrelay_plugin.rules.combinations import All
from segrelay_plugin.rules.condition_reading import conditions_of
from segrelay_plugin.rules.rule import Priority, RequestFor, Rule

RULE_KEYS = Rule.__match_args__
MODEL_NAME = re.compile(r"\S+")
LONGEST_ROLE = 64  # characters, as the queue takes it


def rule_of(table: object, path: KeyPath) -> Rule:
    """One rule, from its table in the file.

    Raises:
        WrongRuleError: something in it is wrong; its path and the sentence say which and why.
    """
    if not isinstance(table, Mapping):
        raise WrongRuleError(path, "A rule must be a table: write [[rules]] above it.")
    # Unlike messages between machines, a file written by hand has typing errors.
    for key in table.keys() - set(RULE_KEYS):
        raise WrongRuleError(
            (*path, key), f'"{key}" is unknown: a rule has {", ".join(RULE_KEYS)}.'
        )
    return Rule(
        name=_name(table, path),
        role=_role(table, path),
        candidate_models=_models(table, path),
        request_now=_switch(table, path, "request_now"),
        request_for=RequestFor(_one_of(table, path, "request_for", RequestFor.SERIES)),
        priority=Priority(_one_of(table, path, "priority", Priority.ROUTINE)),
        again_when_grown=_switch(table, path, "again_when_grown"),
        when=All(conditions_of(table.get("when", {}), (*path, "when"))),
    )


def _name(table: Mapping[str, object], path: KeyPath) -> str:
    name = table.get("name")
    if not isinstance(name, str) or not name.strip():
        raise WrongRuleError((*path, "name"), '"name" must be a text.')
    return name


def _role(table: Mapping[str, object], path: KeyPath) -> str | None:
    role = table.get("role")
    if role is None:
        return None
    if not isinstance(role, str) or not role.strip() or len(role) > LONGEST_ROLE:
        raise WrongRuleError(
            (*path, "role"),
            f'"role" must be a text like "t1", of {LONGEST_ROLE} characters at most, or left out.',
        )
    return role


def _models(table: Mapping[str, object], path: KeyPath) -> tuple[str, ...]:
    models = table.get("candidate_models", [])
    if not isinstance(models, list) or not all(map(_is_model_name, models)):
        raise WrongRuleError(
            (*path, "candidate_models"), '"candidate_models" must be a list of model names.'
        )
    return tuple(models)


def _is_model_name(model: object) -> bool:
    return isinstance(model, str) and MODEL_NAME.fullmatch(model) is not None


def _switch(table: Mapping[str, object], path: KeyPath, key: str) -> bool:
    value = table.get(key, False)
    if not isinstance(value, bool):
        raise WrongRuleError((*path, key), f'"{key}" must be true or false.')
    return value


def _one_of(table: Mapping[str, object], path: KeyPath, key: str, default: StrEnum) -> str:
    value = table.get(key, default)
    known = [member.value for member in type(default)]
    if value not in known:
        raise WrongRuleError((*path, key), f'"{key}" must be one of {", ".join(known)}.')
    return str(value)
