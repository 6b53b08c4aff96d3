# SPDX-License-Identifier: AGPL-3.0-or-later
"""A SEG, a picture or a report as the worker writes it, and all that it refers to."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from segrelay_plugin.errors import ResultRefusedError

Tags = Mapping[str, Any]

KINDS = {  # DICOM PS3.4 Table B.5-1
    "1.2.840.10008.5.1.4.1.1.66.4": "SEG",  # Segmentation Storage
    "1.2.840.10008.5.1.4.1.1.66.7": "SEG",  # Label Map Segmentation Storage
    "1.2.840.10008.5.1.4.1.1.7": "SC",  # Secondary Capture Image Storage
    "1.2.840.10008.5.1.4.1.1.7.4": "SC",  # Multi-frame True Color Secondary Capture Image Storage
    "1.2.840.10008.5.1.4.1.1.88.22": "SR",  # Enhanced SR Storage
}

SOP_CLASS_UID = "0008,0016"
SOP_INSTANCE_UID = "0008,0018"
MANUFACTURER = "0008,0070"
PATIENT_ID = "0010,0020"
STUDY_INSTANCE_UID = "0020,000d"
SERIES_INSTANCE_UID = "0020,000e"
REFERENCED_SOP_INSTANCE_UID = "0008,1155"
REFERENCED_IMAGES = "0008,1140"
PREDECESSOR_DOCUMENTS = "0040,a360"
PURPOSE_OF_REFERENCE = "0040,a170"
CODE_VALUE, CODING_SCHEME = "0008,0100", "0008,0102"
REPORTED_RESULT = "0071,1001"  # in a private block of the report; its JSON

SUPERSEDED = ("99SEGRELAY", "superseded")  # as the worker writes it into a SEG
# Studies, procedure steps and patients in other systems, copied from the source: no images.
_COPIED = frozenset({"0008,1110", "0008,1111", "0008,1120"})


@dataclass(frozen=True, slots=True)
class References:
    """The UIDs that an object names beyond its own."""

    studies: frozenset[str]
    series: frozenset[str]
    instances: frozenset[str]
    superseded: frozenset[str]  # instances of earlier results


@dataclass(frozen=True, slots=True)
class ResultObject:
    """What a result says of itself."""

    kind: str
    sop_class_uid: str
    sop_instance_uid: str
    series_instance_uid: str
    study_instance_uid: str
    manufacturer: str
    patient_id: str = field(repr=False)
    references: References
    reported: Mapping[str, object] | None  # by a report


def read_result(tags: Tags) -> ResultObject:
    """The object with these tags.

    Raises:
        ResultRefusedError: it is of no kind that the worker writes, or has no identity.
    """
    kind = KINDS.get(_text(tags, SOP_CLASS_UID))
    if kind is None:
        raise ResultRefusedError("result_other_kind")
    identity = (SOP_INSTANCE_UID, SERIES_INSTANCE_UID, STUDY_INSTANCE_UID)
    if not all(_text(tags, key) for key in identity):
        raise ResultRefusedError("result_no_dicom")
    return ResultObject(
        kind=kind,
        sop_class_uid=_text(tags, SOP_CLASS_UID),
        sop_instance_uid=_text(tags, SOP_INSTANCE_UID),
        series_instance_uid=_text(tags, SERIES_INSTANCE_UID),
        study_instance_uid=_text(tags, STUDY_INSTANCE_UID),
        manufacturer=_text(tags, MANUFACTURER),
        patient_id=_text(tags, PATIENT_ID),
        references=_references(tags),
        reported=_reported(tags) if kind == "SR" else None,
    )


def _references(tags: Tags) -> References:
    named, superseded = _Named(), _Named()
    for key, value in tags.items():
        if isinstance(value, list) and key not in _COPIED:
            for item in value:
                (superseded if _is_of_superseded(key, item) else named).add_all(item)
    return References(
        studies=frozenset(named.studies | superseded.studies),
        series=frozenset(named.series),
        instances=frozenset(named.instances),
        superseded=frozenset(superseded.instances),
    )


class _Named:
    """Collects UIDs from an item of a sequence and all that are in it: a SEG may have 10,000s."""

    def __init__(self) -> None:
        self.studies: set[str] = set()
        self.series: set[str] = set()
        self.instances: set[str] = set()
        self._sets = {
            STUDY_INSTANCE_UID: self.studies,
            SERIES_INSTANCE_UID: self.series,
            REFERENCED_SOP_INSTANCE_UID: self.instances,
        }

    def add_all(self, item: Tags) -> None:
        for key, value in item.items():
            if isinstance(value, list):
                if key not in _COPIED:
                    for inner in value:
                        self.add_all(inner)
            elif key in self._sets:
                self._sets[key].add(_text(item, key))


def _is_of_superseded(key: str, item: Tags) -> bool:
    """As the worker says it: in a report by the place, in a SEG by the purpose."""
    if key == PREDECESSOR_DOCUMENTS:
        return True
    purposes = item.get(PURPOSE_OF_REFERENCE) or ()
    codes = [(_text(code, CODING_SCHEME), _text(code, CODE_VALUE)) for code in purposes]
    return key == REFERENCED_IMAGES and codes == [SUPERSEDED]


def _reported(tags: Tags) -> Mapping[str, object] | None:
    try:
        reported = json.loads(_text(tags, REPORTED_RESULT))
    except ValueError:
        return None
    return reported if isinstance(reported, dict) else None


def _text(tags: Tags, key: str) -> str:
    """Without the padding that DICOM wants (PS3.5 6.2)."""
    value = tags.get(key)
    return value.strip(" \0") if isinstance(value, str) else ""
