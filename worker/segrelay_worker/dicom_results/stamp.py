from __future__ import annotations

from datetime import datetime

from pydicom import Dataset

DATES = ("InstanceCreationDate", "ContentDate", "DateOfSecondaryCapture")
TIMES = ("InstanceCreationTime", "ContentTime", "TimeOfSecondaryCapture")


def stamp(dataset: Dataset, now: datetime) -> None:
    """Sets every date and time of creation to the one that was passed in."""
    for keyword in DATES:
        if keyword in dataset:
            setattr(dataset, keyword, now.strftime("%Y%m%d"))
    for keyword in TIMES:
        if keyword in dataset:
            setattr(dataset, keyword, now.strftime("%H%M%S"))
    for equipment in dataset.get("ContributingEquipmentSequence", ()):
        equipment.ContributionDateTime = now.strftime("%Y%m%d%H%M%S")
