# SPDX-License-Identifier: AGPL-3.0-or-later
import struct

from segrelay_plugin.dicom_file.character_sets import decoded

# Value representation → the format of one binary value (PS3.5 6.2), little endian.
NUMBERS = {
    "AT": "HH",
    "FD": "d",
    "FL": "f",
    "SL": "i",
    "SS": "h",
    "SV": "q",
    "UL": "I",
    "US": "H",
    "UV": "Q",
}
IN_THE_FILES_CHARACTER_SET = frozenset({"LO", "LT", "PN", "SH", "ST", "UC", "UT"})
PADDING = " \0"


def text_of(raw: bytes, vr: str, codec: str) -> str:
    """The value of an element as text, several values joined by a backslash."""
    if vr in NUMBERS:
        return "\\".join(_number_texts(raw, vr))
    text = decoded(raw, codec if vr in IN_THE_FILES_CHARACTER_SET else "latin_1")
    return text.strip(PADDING)


def _number_texts(raw: bytes, vr: str) -> list[str]:
    one = struct.Struct(f"<{NUMBERS[vr]}")
    whole = raw[: len(raw) - len(raw) % one.size]
    return [_number_text(numbers, vr) for numbers in one.iter_unpack(whole)]


def _number_text(numbers: tuple[float, ...], vr: str) -> str:
    if vr == "AT":
        return ",".join(f"{int(number):04x}" for number in numbers)
    # Seven digits are what a float of four bytes is sure of: 2.98, not 2.9800000190734863.
    text = f"{numbers[0]:.7g}" if vr == "FL" else str(numbers[0])
    return text.removesuffix(".0")
