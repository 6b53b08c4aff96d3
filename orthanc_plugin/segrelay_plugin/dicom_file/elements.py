# SPDX-License-Identifier: AGPL-3.0-or-later
"""The elements of a dataset (DICOM PS3.5 7), little endian, as Orthanc gives tags: by keyword."""

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field

from segrelay_plugin.dicom_file.character_sets import codec_of
from segrelay_plugin.dicom_file.values import text_of
from segrelay_plugin.errors import UnreadableFileError
from segrelay_plugin.rules.keywords import SEQUENCE, WITHOUT_TEXT, known_tags

UNDEFINED_LENGTH = 0xFFFFFFFF
ITEM, END_OF_ITEM, END_OF_SEQUENCE = 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD
CHARACTER_SET = 0x00080005
PIXELS = 0x7FE00000  # the group of pixel data; only padding and signatures come later
FRAGMENTED = frozenset({"OB", "OW"})  # where compressed pixels lie in pieces
LONG_FORMS = frozenset(
    {"OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV"}
)
DEEPEST = 32  # sequences within sequences; real headers have a few

Tags = dict[str, object]  # keyword → text, or the items of a sequence


@dataclass(slots=True)
class Elements:
    """Reads through encoded elements, and stops where pixel data or another given tag begins."""

    data: bytes
    explicit: bool  # whether each element says its value representation
    position: int = 0
    stop_at: int = PIXELS
    known: Mapping[int, tuple[str, str]] = field(default_factory=known_tags)
    codec: str = "ascii"

    def tags(self, end: int, *, depth: int = 0) -> Tags:
        """The elements up to a place, or up to the end of an item without a length.

        Raises:
            UnreadableFileError: they are cut off or damaged.
        """
        if depth > DEEPEST:
            raise UnreadableFileError("sequences lie in one another without end")
        found: Tags = {}
        while self.position < end:
            tag = self._tag()
            if tag == END_OF_ITEM:
                self.position += 8
                break
            if depth == 0 and tag >= self.stop_at:
                break
            self._take(tag, found, depth)
        return found

    def _take(self, tag: int, found: Tags, depth: int) -> None:
        known_vr, keyword = self.known.get(tag, ("UN", ""))
        vr, length = self._head(known_vr)
        value: object = None
        if vr in FRAGMENTED and length == UNDEFINED_LENGTH:
            self._skip_fragments()
        elif vr == SEQUENCE or length == UNDEFINED_LENGTH:
            value = self._sequence(length, implicit=vr == "UN", depth=depth)
        else:
            vr = known_vr if vr == "UN" else vr
            raw = self._bytes(length)
            value = None if vr in WITHOUT_TEXT else text_of(raw, vr, self.codec)
        if tag == CHARACTER_SET:
            self.codec = codec_of(str(value))
        if keyword and value is not None:
            found[keyword] = value

    def _tag(self) -> int:
        """The tag that comes next, which stays unread."""
        group, element = struct.unpack("<HH", self._ahead(4))
        return int(group << 16 | element)

    def _head(self, known_vr: str) -> tuple[str, int]:
        """Value representation and length of the next element, whose value comes then."""
        head = self._ahead(8)
        if not self.explicit:
            self.position += 8
            return known_vr, int.from_bytes(head[4:], "little")
        vr = head[4:6].decode("latin_1")
        if not (vr.isascii() and vr.isupper()):
            raise UnreadableFileError(f"no value representation stands at byte {self.position + 4}")
        if vr in LONG_FORMS:
            self.position += 12
            return vr, int.from_bytes(self.data[self.position - 4 : self.position], "little")
        self.position += 8
        return vr, int.from_bytes(head[6:], "little")

    def _sequence(self, length: int, *, implicit: bool, depth: int) -> list[Tags]:
        """The items; those of a sequence of unknown representation are implicit (PS3.5 6.2.2)."""
        explicit, self.explicit = self.explicit, self.explicit and not implicit
        codec = self.codec
        end = self._end(length)
        items: list[Tags] = []
        while self.position < end and (tag := self._tag()) != END_OF_SEQUENCE:
            if tag != ITEM:
                raise UnreadableFileError(f"no item begins at byte {self.position}")
            items.append(self._item(depth))
            self.codec = codec
        if length == UNDEFINED_LENGTH:
            self._ahead(8)
            self.position += 8
        self.explicit = explicit
        return items

    def _item(self, depth: int) -> Tags:
        length = int.from_bytes(self._ahead(8)[4:], "little")
        self.position += 8
        end = self._end(length)
        tags = self.tags(end, depth=depth + 1)
        if length != UNDEFINED_LENGTH:
            self.position = max(self.position, end)  # never back, so that damage ends too
        return tags

    def _skip_fragments(self) -> None:
        while self._tag() == ITEM:
            length = int.from_bytes(self._ahead(8)[4:], "little")
            self.position += 8
            self._bytes(length)
        self.position += 8

    def _end(self, length: int) -> int:
        if length == UNDEFINED_LENGTH:
            return len(self.data)
        if self.position + length > len(self.data):
            raise UnreadableFileError("it ends in the middle of an element")
        return self.position + length

    def _bytes(self, length: int) -> bytes:
        start, self.position = self.position, self._end(length)
        return bytes(self.data[start : self.position])

    def _ahead(self, count: int) -> bytes:
        ahead = self.data[self.position : self.position + count]
        if len(ahead) < count:
            raise UnreadableFileError("it ends in the middle of an element")
        return bytes(ahead)
