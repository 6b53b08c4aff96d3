"""One example for each thing that travels: the API's description shows them, tests hold to them."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any


def example(name: str) -> dict[str, Any]:
    """The JSON as it stands in the file of this name."""
    text = files(__name__).joinpath(f"{name}.json").read_text(encoding="utf-8")
    document: dict[str, Any] = json.loads(text)
    return document


def names() -> frozenset[str]:
    """Of all examples."""
    entries = (entry.name for entry in files(__name__).iterdir())
    return frozenset(name.removesuffix(".json") for name in entries if name.endswith(".json"))
