# SPDX-License-Identifier: AGPL-3.0-or-later
"""Tags as people send them to try rules: in the form in which Orthanc gives them."""

from collections.abc import Mapping

from segrelay_plugin.headers import MR_IMAGE
from segrelay_plugin.rules.keywords import identifying_keywords, known_keywords

# What is not said is as in an MR image, so that a few tags suffice.
UNLESS_SAID = {"Modality": "MR", "SOPClassUID": MR_IMAGE}


def given_tags(document: object) -> dict[str, object]:
    """Keyword → text, or the items of a sequence; numbers and lists of values become text.

    Raises:
        TypeError: a value is neither text, number, list of these, nor items of tags.
    """
    if not isinstance(document, Mapping):
        raise TypeError("tags are keywords with values")
    return UNLESS_SAID | {str(name): _value(value) for name, value in document.items()}


def out_of_reach(tags: Mapping[str, object]) -> list[str]:
    """The names that no rule can look at: unknown ones, and tags that identify somebody."""
    return sorted(tags.keys() - (known_keywords().keys() - identifying_keywords()))


def _value(value: object) -> object:
    if isinstance(value, list) and value and all(isinstance(item, Mapping) for item in value):
        return [{name: _value(inner) for name, inner in item.items()} for item in value]
    values = value if isinstance(value, list) else [value]
    return "\\".join(map(_text, values))


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise TypeError("a value is a text, a number or a list of these")
    return str(value)
