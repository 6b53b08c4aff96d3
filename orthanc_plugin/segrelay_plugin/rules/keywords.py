# SPDX-License-Identifier: AGPL-3.0-or-later
from functools import cache
from pathlib import Path

TABLE = Path(__file__).parent / "dicom_keywords.txt"  # of PS3.6; a test compares it with pydicom's
SEQUENCE = "SQ"
WITHOUT_TEXT = frozenset({SEQUENCE, "OB", "OD", "OF", "OL", "OV", "OW", "UN"})

PATIENT_GROUP = "0010"
PERSON_NAME = "PN"
OTHER_IDENTITIES = frozenset({"AccessionNumber", "StudyID", "RequestedProcedureID"})


@cache
def known_keywords() -> dict[str, str]:
    """Keyword → value representation, of all tags that the table holds."""
    return {keyword: vr for _, vr, keyword in _lines()}


@cache
def known_tags() -> dict[int, tuple[str, str]]:
    """Tag as one number → its value representation and keyword."""
    return {int(tag, 16): (vr, keyword) for tag, vr, keyword in _lines()}


@cache
def identifying_keywords() -> frozenset[str]:
    """Tags that say who somebody is: rules must not look at them, as sentences repeat values."""
    named = {
        keyword
        for tag, vr, keyword in _lines()
        if tag.startswith(PATIENT_GROUP) or vr == PERSON_NAME
    }
    return frozenset(named | OTHER_IDENTITIES)


@cache
def _lines() -> tuple[tuple[str, str, str], ...]:
    text = TABLE.read_text(encoding="ascii")
    split = (line.split() for line in text.splitlines() if not line.startswith("#"))
    return tuple((tag, vr, keyword) for tag, vr, keyword in split)
