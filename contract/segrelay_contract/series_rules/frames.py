"""Enhanced multi-frame images: one row of tags for each frame (DICOM PS3.3 C.7.6.16)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from segrelay_contract.series_rules.headers import HEADER_KEYWORDS

Tags = Mapping[str, object]  # keyword → text, or the items of a sequence
Row = dict[str, str]

SHARED_GROUPS = "SharedFunctionalGroupsSequence"
FRAME_GROUPS = "PerFrameFunctionalGroupsSequence"

# Sequence → its keyword → the classic keyword that says the same.
FUNCTIONAL_GROUPS: Mapping[str, Mapping[str, str]] = {
    "PlanePositionSequence": {"ImagePositionPatient": "ImagePositionPatient"},
    "PlaneOrientationSequence": {"ImageOrientationPatient": "ImageOrientationPatient"},
    "PixelMeasuresSequence": {
        "PixelSpacing": "PixelSpacing",
        "SliceThickness": "SliceThickness",
    },
    "FrameContentSequence": {
        "StackID": "StackID",
        "TemporalPositionIndex": "TemporalPositionIdentifier",
        "FrameAcquisitionNumber": "AcquisitionNumber",
        "FrameAcquisitionDateTime": "AcquisitionDateTime",
    },
    "MRImageFrameTypeSequence": {
        "FrameType": "ImageType",
        "ComplexImageComponent": "ComplexImageComponent",
    },
    "MREchoSequence": {"EffectiveEchoTime": "EchoTime"},
    "MRModifierSequence": {"InversionTimes": "InversionTime"},
    "MRTimingAndRelatedParametersSequence": {
        "RepetitionTime": "RepetitionTime",
        "FlipAngle": "FlipAngle",
    },
    "MRDiffusionSequence": {"DiffusionBValue": "DiffusionBValue"},
    "DiffusionGradientDirectionSequence": {
        "DiffusionGradientOrientation": "DiffusionGradientOrientation"
    },
    "CardiacSynchronizationSequence": {"NominalCardiacTriggerDelayTime": "TriggerTime"},
    # Classic images that were converted keep the rest of their header here.
    "UnassignedPerFrameConvertedAttributesSequence": {
        keyword: keyword
        for keyword in ("EchoTime", "RepetitionTime", "InversionTime", "FlipAngle", "TriggerTime")
    },
}
GROUP_KEYWORDS = frozenset(keyword for group in FUNCTIONAL_GROUPS.values() for keyword in group)


def frame_rows(tags: Tags) -> list[Row]:
    """One row for each frame, or the row of the instance if its frames don't say where they lie."""
    row = _texts(tags)
    shared, frames = _items(tags, SHARED_GROUPS), _items(tags, FRAME_GROUPS)
    if not frames or str(len(frames)) != row.get("NumberOfFrames", "1").strip():
        return [row]
    row["NumberOfFrames"] = "1"
    common = row | _facts(shared)
    return [common | _facts([groups]) for groups in frames]


def _texts(tags: Tags) -> Row:
    """Sequences come as lists and empty values as null; rules read neither."""
    return {
        keyword: value
        for keyword, value in ((keyword, tags.get(keyword)) for keyword in HEADER_KEYWORDS)
        if isinstance(value, str)
    }


def _facts(groups: Iterable[Tags]) -> Row:
    facts: Row = {}
    for group in groups:
        for sequence, keywords in FUNCTIONAL_GROUPS.items():
            for item in _items(group, sequence):
                facts |= _named(item, keywords)
                facts |= _facts([item])
    return facts


def _named(item: Tags, keywords: Mapping[str, str]) -> Row:
    values = ((classic, item.get(keyword)) for keyword, classic in keywords.items())
    return {classic: value for classic, value in values if isinstance(value, str) and value}


def _items(tags: Tags, sequence: str) -> Sequence[Tags]:
    value = tags.get(sequence)
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []
