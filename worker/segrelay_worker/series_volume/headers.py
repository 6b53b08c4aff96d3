"""The header row of an image, in the text form in which the archive gives it."""

from __future__ import annotations

from collections.abc import Sequence

from pydicom import Dataset
from pydicom.errors import BytesLengthException

from segrelay_contract.series_rules.headers import HEADER_KEYWORDS


def header_row(dataset: Dataset) -> dict[str, str]:
    """Keyword → text, values joined by a backslash; absent or unreadable tags are left out."""
    texts = {keyword: _text(dataset, keyword) for keyword in HEADER_KEYWORDS}
    return {keyword: text for keyword, text in texts.items() if text is not None}


def _text(dataset: Dataset, keyword: str) -> str | None:
    if keyword not in dataset:
        return None
    try:
        value = dataset[keyword].value
    except (BytesLengthException, TypeError, ValueError):  # bytes that hold no value of their kind
        return None
    if value is None:
        return ""
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "\\".join(str(part) for part in value)
    return str(value)
