"""What is wrong with a model.toml, in sentences that name key, value and what is expected."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from segrelay_worker.segmenters.text_forms import WORDS

_WRONG_KEY = "[key]"  # pydantic's last name for the place of a key that is none

# Where pydantic's own words are about Python.
_EXPECTED: Mapping[str, str] = MappingProxyType(
    {
        "model_type": "expected a table of keys",
        "model_attributes_type": "expected a table of keys",
        "mapping_type": "expected a table of keys",
        "tuple_type": "expected a list in [ ]",
        "bool_parsing": "expected true or false",
        "bool_type": "expected true or false",
        "float_parsing": "expected a number",
        "float_type": "expected a number",
        "int_from_float": "expected a whole number",
        "int_parsing": "expected a whole number",
        "int_type": "expected a whole number",
        "string_type": 'expected text in " "',
        "string_too_long": "expected at most {max_length} characters",
        "too_short": "expected at least {min_length} in the list",
        "too_long": "expected at most {max_length} in the list",
    }
)


def problems_of(error: ValidationError, written: object) -> str:
    """One sentence for each problem; `written` is what the file holds."""
    found = error.errors()
    places = [details["loc"] for details in found]
    return "; ".join(
        _problem(details, written) for details in found if not _follows(details, places)
    )


def _follows(details: ErrorDetails, places: Sequence[tuple[str | int, ...]]) -> bool:
    """A list is too short for pydantic once something in it is wrong."""
    place = details["loc"]
    within = (other for other in places if len(other) > len(place))
    return details["type"] == "too_short" and any(o[: len(place)] == place for o in within)


def _problem(details: ErrorDetails, written: object) -> str:
    key = _key(details, written)
    context = details.get("ctx", {})
    match details["type"]:
        case "missing":
            return f"{key} is missing in model.toml"
        case "extra_forbidden":
            return f"{key} in model.toml is no key that this version knows"
        case "union_tag_not_found":
            name = _unquoted(context["discriminator"])
            return f"{key}.{name} is missing in model.toml"
        case "union_tag_invalid":
            name, tags = _unquoted(context["discriminator"]), context["expected_tags"]
            return f"{key}.{name} in model.toml is {context['tag']!r}, expected one of: {tags}"
    expected = _expected(details)
    if details["loc"][-1:] == (_WRONG_KEY,):
        return f"{key} in model.toml is no key that this version knows, {expected}"
    value = "" if isinstance(details["input"], Mapping) else f" is {details['input']!r}"
    return f"{key} in model.toml{value}: {expected}"


def _expected(details: ErrorDetails) -> str:
    if details["type"] == "string_pattern_mismatch":
        form = details["ctx"]["pattern"]
        return f"expected {WORDS.get(form, f'text of the form {form}')}"
    text = _EXPECTED.get(details["type"])
    if text is not None:
        return text.format_map(details.get("ctx", {}))
    said = details["msg"].removeprefix("Value error, ")
    return said.replace("Input should be", "expected")


def _unquoted(name: str) -> str:
    return name.strip("'")


def _key(details: ErrorDetails, written: object) -> str:
    """As it stands in the file: pydantic also names which of several kinds of table it took."""
    names = []
    for place, part in enumerate(details["loc"], start=1):
        if _holds(written, part):
            written = written[part]  # type: ignore[index]
        elif details["type"] != "missing" or place < len(details["loc"]):
            continue
        names.append(str(part))
    return ".".join(names) or "the file"


def _holds(written: object, part: str | int) -> bool:
    if isinstance(written, Mapping):
        return part in written
    return isinstance(written, Sequence) and isinstance(part, int) and part < len(written)
