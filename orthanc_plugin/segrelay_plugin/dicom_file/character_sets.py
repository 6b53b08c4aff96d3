# SPDX-License-Identifier: AGPL-3.0-or-later
import re

# Specific Character Set (PS3.3 C.12.1.1.2) → Python's codec.
CODECS = {
    "": "ascii",
    "ISO_IR 6": "ascii",
    "ISO_IR 13": "shift_jis",
    "ISO_IR 100": "latin_1",
    "ISO_IR 101": "iso8859_2",
    "ISO_IR 109": "iso8859_3",
    "ISO_IR 110": "iso8859_4",
    "ISO_IR 126": "iso8859_7",
    "ISO_IR 127": "iso8859_6",
    "ISO_IR 138": "iso8859_8",
    "ISO_IR 144": "iso8859_5",
    "ISO_IR 148": "iso8859_9",
    "ISO_IR 166": "tis_620",
    "ISO_IR 192": "utf_8",
    "GB18030": "gb18030",
    "GBK": "gbk",
    "ISO_IR 58": "gb2312",
    "ISO_IR 87": "iso2022_jp",
    "ISO_IR 149": "euc_kr",
    "ISO_IR 159": "iso2022_jp_2",
}
# Announces a set of two bytes that Python's codec takes without being told (PS3.5 Annex I and K).
ANNOUNCED = re.compile(rb"\x1b\$\)[AC]")


def codec_of(specific_character_set: str) -> str:
    """The codec of the last set that is named, as the first is mostly ASCII; ASCII if unknown."""
    named = specific_character_set.rsplit("\\", maxsplit=1)[-1].strip()
    return CODECS.get(named.replace("ISO 2022 IR", "ISO_IR"), "ascii")


def decoded(raw: bytes, codec: str) -> str:
    """The text; what cannot be read becomes a replacement character."""
    return ANNOUNCED.sub(b"", raw).decode(codec, errors="replace")
