# SPDX-License-Identifier: AGPL-3.0-or-later
import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path

from segrelay_plugin.errors import ConfigurationError, WrongRuleError
from segrelay_plugin.rules.lines import line_of
from segrelay_plugin.rules.rule import Rule
from segrelay_plugin.rules.rule_reading import rule_of

RULES = "rules"
NEW_LINE = "\n"
PLACE_OF_SYNTAX_ERROR = re.compile(r" \(at (line \d+), (column \d+)\)")


def load_rules(path: Path) -> tuple[Rule, ...]:
    """Reads the tagging rules, in their order.

    Raises:
        ConfigurationError: the file cannot be read, or a rule in it is wrong; says file, line, why.
    """
    text = _text(path)
    document = _document(path, text)
    try:
        return _rules(document)
    except (OverflowError, RecursionError) as error:
        raise _beyond_all_measure(path) from error
    except WrongRuleError as error:
        where = f"{path.name}, line {line_of(text, error.path)}{_rule_named(document, error.path)}"
        raise ConfigurationError(f"{where}: {error}") from error


def _text(path: Path) -> str:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ConfigurationError(
            f"The rules file {path.name} cannot be read: {error.strerror}."
        ) from error
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ConfigurationError(f"{path.name}, line {line}: it is not UTF-8 text.") from error


def _document(path: Path, text: str) -> Mapping[str, object]:
    try:
        return tomllib.loads(text)
    except RecursionError as error:
        raise _beyond_all_measure(path) from error
    except ValueError as error:  # also of a number with too many digits
        place = PLACE_OF_SYNTAX_ERROR.search(str(error))
        where = f"{place[1]}, {place[2]}" if place else f"line {text.count(NEW_LINE) + 1}"
        what = PLACE_OF_SYNTAX_ERROR.sub("", str(error)).removesuffix(" (at end of document)")
        raise ConfigurationError(f"{path.name}, {where}: it is not valid TOML: {what}.") from error


def _beyond_all_measure(path: Path) -> ConfigurationError:
    return ConfigurationError(f"{path.name}: a number or a nesting in it is too large.")


def _rules(document: Mapping[str, object]) -> tuple[Rule, ...]:
    for key in document.keys() - {RULES}:
        raise WrongRuleError((key,), f'"{key}" is unknown: write [[rules]] above each rule.')
    tables = document.get(RULES)
    if not isinstance(tables, list) or not tables:
        raise WrongRuleError((RULES,), "It holds no [[rules]].")
    rules = tuple(rule_of(table, (RULES, place)) for place, table in enumerate(tables))
    _refuse_names_used_twice(rules)
    return rules


def _refuse_names_used_twice(rules: Sequence[Rule]) -> None:
    names: set[str] = set()
    for place, rule in enumerate(rules):
        if rule.name in names:
            raise WrongRuleError((RULES, place, "name"), "An earlier rule has the same name.")
        names.add(rule.name)


def _rule_named(document: Mapping[str, object], path: Sequence[str | int]) -> str:
    """Which rule a path leads into, by number and name."""
    match document, path:
        case {"rules": [*tables]}, (_, int(place), *_):
            table = tables[place]
            name = table.get("name", "") if isinstance(table, Mapping) else ""
            return f', rule {place + 1} "{name}"' if name else f", rule {place + 1}"
    return ""
