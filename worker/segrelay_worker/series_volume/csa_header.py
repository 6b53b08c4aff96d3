"""The private header in which Siemens says how a mosaic is laid out ("CSA", form SV10)."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from itertools import islice

from pydicom import Dataset

from segrelay_worker.series_volume.sound_elements import UNREADABLE

_GROUP = 0x0029
_CREATOR = "SIEMENS CSA HEADER"
_IMAGE_HEADER = 0x10
_MAGIC = b"SV10"
_MOST_FIELDS = 1000
_FIELD = struct.Struct("<64si4siii")  # name, multiplicity, VR, type, items, end mark
_ITEM = struct.Struct("<4i")  # the second is the length
_START = struct.Struct("<4s4xII")  # magic, four bytes of no use here, fields, end mark

Fields = Mapping[str, tuple[str, ...]]


def csa_fields(dataset: Dataset) -> Fields:
    """Field → its values as text. Raises ValueError if there is no such header, or half of one."""
    try:
        content = dataset.private_block(_GROUP, _CREATOR)[_IMAGE_HEADER].value
        return _parsed(bytes(content))
    except (*UNREADABLE, struct.error) as error:
        raise ValueError("no readable CSA header") from error


def _parsed(content: bytes) -> Fields:
    magic, count, _ = _START.unpack_from(content)
    if magic != _MAGIC or count > _MOST_FIELDS:
        raise ValueError("an unknown form of CSA header")
    fields: dict[str, tuple[str, ...]] = {}
    place = _START.size
    for _ in range(count):
        name, _, _, _, items, _ = _FIELD.unpack_from(content, place)
        place += _FIELD.size
        values = []
        for _ in islice(range(items), _MOST_FIELDS):
            _, length, _, _ = _ITEM.unpack_from(content, place)
            place += _ITEM.size
            values.append(_text(content[place : place + length]))
            place += -(-length // 4) * 4
        fields[_text(name)] = tuple(value for value in values if value)
    return fields


def _text(padded: bytes) -> str:
    return padded.split(b"\0", 1)[0].decode("latin-1").strip()
