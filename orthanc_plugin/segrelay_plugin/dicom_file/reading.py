# SPDX-License-Identifier: AGPL-3.0-or-later
import mmap
import zlib
from pathlib import Path

from segrelay_plugin.dicom_file.elements import Elements, Tags
from segrelay_plugin.errors import UnreadableFileError

PREAMBLE_BYTES = 128
MAGIC = b"DICM"
SYNTAX = "TransferSyntaxUID"
META = {0x00020010: ("UI", SYNTAX)}
BEYOND_META = 0x00030000

# Transfer syntaxes (PS3.5 10); all others write their header in explicit little endian.
IMPLICIT = "1.2.840.10008.1.2"
BIG_ENDIAN = "1.2.840.10008.1.2.2"
DEFLATED = "1.2.840.10008.1.2.1.99"


def read_header(path: Path) -> Tags:
    """The tags of a DICOM file before its pixel data: keyword to text, sequences as lists.

    Raises:
        UnreadableFileError: the file is no DICOM file, or of a kind that is not read here.
    """
    try:
        with path.open("rb") as file:
            return _header(_mapped(file.fileno()))
    except OSError as error:
        raise UnreadableFileError(f"{path.name} cannot be opened: {error.strerror}.") from error
    except UnreadableFileError as error:
        raise UnreadableFileError(f"{path.name} cannot be read: {error}.") from error


def _mapped(descriptor: int) -> bytes:
    """The file, of which only what is looked at is read from the disk."""
    try:
        return mmap.mmap(descriptor, 0, access=mmap.ACCESS_READ)  # type: ignore[return-value]  # sliced alike
    except ValueError as error:
        raise UnreadableFileError("it is empty") from error


def _header(data: bytes) -> Tags:
    if data[PREAMBLE_BYTES : PREAMBLE_BYTES + len(MAGIC)] != MAGIC:
        raise UnreadableFileError(f"it is no DICOM file: {MAGIC.decode()} is not at byte 128")
    syntax, start = _file_meta(data)
    if syntax == BIG_ENDIAN:
        raise UnreadableFileError("it is in big endian, which is not read here: convert it")
    if syntax == DEFLATED:
        data, start = _inflated(data[start:]), 0
    return Elements(data, explicit=syntax != IMPLICIT, position=start).tags(len(data))


def _file_meta(data: bytes) -> tuple[str, int]:
    """The transfer syntax, and where the dataset begins (PS3.10 7.1)."""
    start = PREAMBLE_BYTES + len(MAGIC)
    meta = Elements(data, explicit=True, position=start, stop_at=BEYOND_META, known=META)
    syntax = meta.tags(len(data)).get(SYNTAX)
    if syntax is None:
        raise UnreadableFileError("it does not say its transfer syntax")
    return str(syntax), meta.position


def _inflated(compressed: bytes) -> bytes:
    try:
        return zlib.decompress(compressed, wbits=-zlib.MAX_WBITS)
    except zlib.error as error:
        raise UnreadableFileError("its deflated part is damaged") from error
