"""Of the elements that are read here, those that hold what DICOM's dictionary says they hold."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from pydicom import Dataset
from pydicom.datadict import dictionary_VM, dictionary_VR
from pydicom.dataelem import RawDataElement
from pydicom.errors import BytesLengthException
from pydicom.multival import MultiValue
from pydicom.sequence import Sequence as Items
from pydicom.tag import BaseTag, Tag

from segrelay_contract.series_rules.frames import (
    FRAME_GROUPS,
    FUNCTIONAL_GROUPS,
    GROUP_KEYWORDS,
    SHARED_GROUPS,
)
from segrelay_contract.series_rules.headers import HEADER_KEYWORDS

# What pydicom raises on bytes that hold no value of their kind.
UNREADABLE = (
    BytesLengthException,
    LookupError,
    NotImplementedError,
    OverflowError,
    TypeError,
    ValueError,
)

_NUMBERS = ("DS", "IS")
_UID = re.compile("[0-9.]{1,64}")  # as others will take it; some have a zero too many


@dataclass(frozen=True)
class _Kind:
    vr: str
    is_single: bool


_OF_PIXELS = (
    "SamplesPerPixel",
    "PhotometricInterpretation",
    "PlanarConfiguration",
    "BitsAllocated",
    "BitsStored",
    "HighBit",
    "PixelRepresentation",
    "RescaleSlope",
    "RescaleIntercept",
    "RealWorldValueSlope",
    "RealWorldValueIntercept",
    "LossyImageCompression",
    "LossyImageCompressionRatio",
    "LossyImageCompressionMethod",
)
_OF_SERIES = (
    "SeriesNumber",
    "SpacingBetweenSlices",
    "PositionReferenceIndicator",
    "Laterality",
    "TimezoneOffsetFromUTC",
)
_SEQUENCES = (
    SHARED_GROUPS,
    FRAME_GROUPS,
    "PixelValueTransformationSequence",
    "RealWorldValueMappingSequence",
    *FUNCTIONAL_GROUPS,
)


def _kinds(*keywords: str) -> Mapping[BaseTag, _Kind]:
    tags = {Tag(keyword) for keyword in keywords}
    return {tag: _Kind(dictionary_VR(tag), dictionary_VM(tag) == "1") for tag in tags}


_KINDS = _kinds(*HEADER_KEYWORDS, *_OF_PIXELS, *_OF_SERIES, *GROUP_KEYWORDS, *_SEQUENCES)


def drop_unsound(dataset: Dataset) -> None:
    """As if these elements were absent, which the rules have a word for; also in sequences."""
    for tag in _KINDS.keys() & dataset.keys():
        kind = _KINDS[tag]
        if not _is_sound(dataset, tag, kind):
            del dataset[tag]
        elif kind.vr == "SQ":
            for item in dataset[tag].value:
                drop_unsound(item)


def _is_sound(dataset: Dataset, tag: BaseTag, kind: _Kind) -> bool:
    raw = dataset.get_item(tag, keep_deferred=True)  # an empty one may be of no kind
    if isinstance(raw, RawDataElement) and raw.VR not in {kind.vr, None}:
        dataset[tag] = raw._replace(VR=kind.vr)  # the file says another, and cannot be right
    try:
        element = dataset[tag]
    except UNREADABLE:
        return False
    if kind.vr == "SQ":
        return isinstance(element.value, Items)
    values = list(element.value) if isinstance(element.value, MultiValue) else [element.value]
    if kind.is_single and len(values) > 1:
        return False
    return all(not value or _is_of_kind(value, kind.vr) for value in values)


def _is_of_kind(value: object, vr: str) -> bool:
    """Beyond what pydicom sees to."""
    if vr in _NUMBERS:
        return isinstance(value, float | int)
    return vr != "UI" or bool(_UID.fullmatch(str(value)))
