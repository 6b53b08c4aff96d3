# SPDX-License-Identifier: AGPL-3.0-or-later
"""Enhanced multi-frame headers keep much of an image's header in nested groups (PS3.3 C.7.6.16)."""

from collections.abc import Iterator, Mapping, Sequence

from segrelay_plugin.rules.keywords import SEQUENCE, known_keywords

Tags = Mapping[str, object]  # keyword → text, or the items of a sequence

SHARED_GROUPS = "SharedFunctionalGroupsSequence"
FRAME_GROUPS = "PerFrameFunctionalGroupsSequence"

# The classic keyword → the one by which Enhanced headers say the same.
OTHER_NAMES = {
    "EchoTime": "EffectiveEchoTime",
    "InversionTime": "InversionTimes",
    "SequenceName": "PulseSequenceName",
    "TemporalPositionIdentifier": "TemporalPositionIndex",
}
# What these hold is about other objects, or codes; no value of this image.
OF_OTHERS = ("Referenced", "Source", "Derivation")
CODES = "CodeSequence"


def header_value(header: Tags, keyword: str) -> object:
    """A tag's value from the top of the header, else from the groups of its first frame."""
    found = (
        value
        for holder in _holders(header)
        for name in (keyword, OTHER_NAMES.get(keyword, keyword))
        if (value := holder.get(name)) not in (None, "", [])
    )
    return next(found, None)


def frame_values(header: Tags, sequence: str, keyword: str) -> Iterator[str]:
    """The texts of one keyword in one sequence of the groups, shared ones and those of frames."""
    for group in (*items(header, SHARED_GROUPS), *items(header, FRAME_GROUPS)):
        for item in items(group, sequence):
            if isinstance(value := item.get(keyword), str):
                yield value


def items(holder: Tags, sequence: str) -> Sequence[Tags]:
    """The items of a sequence; none if it is absent."""
    value = holder.get(sequence)
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []


def _holders(header: Tags) -> Iterator[Tags]:
    """Where a value may stand: the header itself, what all frames share, the first frame."""
    yield header
    for group in (*items(header, SHARED_GROUPS)[:1], *items(header, FRAME_GROUPS)[:1]):
        yield from _nested(group)


def _nested(group: Tags) -> Iterator[Tags]:
    for name in group:
        if known_keywords().get(name) == SEQUENCE and not _is_of_others(name):
            for item in items(group, name):
                yield item
                yield from _nested(item)


def _is_of_others(name: str) -> bool:
    return name.startswith(OF_OTHERS) or name.endswith(CODES)
