"""Header rows of images and frames, in the text form in which the archive gives them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pydicom import Dataset
from pydicom.sequence import Sequence as Items

from segrelay_contract.series_rules.frames import (
    FRAME_GROUPS,
    FUNCTIONAL_GROUPS,
    GROUP_KEYWORDS,
    SHARED_GROUPS,
    frame_rows,
)
from segrelay_contract.series_rules.headers import HEADER_KEYWORDS
from segrelay_worker.series_volume.sound_elements import UNREADABLE
from segrelay_worker.series_volume.stored_slice import StoredSlice

_SEQUENCES = (SHARED_GROUPS, FRAME_GROUPS, *FUNCTIONAL_GROUPS)


def stored_slices(dataset: Dataset) -> list[StoredSlice]:
    """The slices of one instance: one, or one for each frame that says where it lies."""
    rows = frame_rows({**header_row(dataset), **_sequences(dataset)})
    if FRAME_GROUPS not in dataset or rows[0].get("NumberOfFrames", "1") != "1":
        return [StoredSlice(dataset, row) for row in rows]
    return [StoredSlice(dataset, row, number) for number, row in enumerate(rows, start=1)]


def header_row(dataset: Dataset) -> dict[str, str]:
    """Keyword → text, values joined by a backslash; absent or unreadable tags are left out."""
    return _texts(dataset, HEADER_KEYWORDS)


def _sequences(dataset: Dataset) -> dict[str, object]:
    return {
        keyword: [
            {**_texts(item, GROUP_KEYWORDS), **_sequences(item)}
            for item in _items(dataset, keyword)
        ]
        for keyword in _SEQUENCES
        if keyword in dataset
    }


def _items(dataset: Dataset, keyword: str) -> list[Dataset]:
    value = _value(dataset, keyword)
    return list(value) if isinstance(value, Items) else []


def _texts(dataset: Dataset, keywords: Iterable[str]) -> dict[str, str]:
    texts = {keyword: _text(_value(dataset, keyword)) for keyword in keywords if keyword in dataset}
    return {keyword: text for keyword, text in texts.items() if text is not None}


_NO_VALUE = object()


def _value(dataset: Dataset, keyword: str) -> object:
    try:
        return dataset[keyword].value
    except UNREADABLE:
        return _NO_VALUE


def _text(value: object) -> str | None:
    if value is _NO_VALUE or isinstance(value, Items):
        return None
    if value is None:
        return ""
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "\\".join(str(part) for part in value)
    return str(value)
