from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone

from pydicom import Dataset

DATES = ("InstanceCreationDate", "ContentDate", "DateOfSecondaryCapture")
TIMES = ("InstanceCreationTime", "ContentTime", "TimeOfSecondaryCapture")


_OFFSET = re.compile(r"([+-])(\d\d)([0-5]\d)")  # DICOM PS3.3 C.12.1.1.8
_LARGEST_OFFSET_HOURS = 14


def stamp(dataset: Dataset, now: datetime) -> None:
    """Sets every date and time of creation to the one that was passed in.

    All times of an object are in the time zone that it names, if it names one.
    """
    now = now.astimezone(_named_zone(dataset) or now.tzinfo)
    for keyword in DATES:
        if keyword in dataset:
            setattr(dataset, keyword, now.strftime("%Y%m%d"))
    for keyword in TIMES:
        if keyword in dataset:
            setattr(dataset, keyword, now.strftime("%H%M%S"))
    for equipment in dataset.get("ContributingEquipmentSequence", ()):
        equipment.ContributionDateTime = now.strftime("%Y%m%d%H%M%S")


def _named_zone(dataset: Dataset) -> timezone | None:
    match = _OFFSET.fullmatch(str(dataset.get("TimezoneOffsetFromUTC") or "").strip())
    if match is None or int(match[2]) > _LARGEST_OFFSET_HOURS:
        return None
    offset = timedelta(hours=int(match[2]), minutes=int(match[3]))
    return timezone(-offset if match[1] == "-" else offset)
