# SPDX-License-Identifier: AGPL-3.0-or-later
from collections.abc import Mapping, Sequence

# What Django and the worker judge a series by. No patient tag is among them.
HEADER_KEYWORDS = (
    "SOPInstanceUID",
    "SOPClassUID",
    "Modality",
    "Rows",
    "Columns",
    "NumberOfFrames",
    "ImagePositionPatient",
    "ImageOrientationPatient",
    "PixelSpacing",
    "SliceThickness",
    "FrameOfReferenceUID",
    "SeriesInstanceUID",
    "StudyInstanceUID",
    "InstanceNumber",
    "AcquisitionTime",
    "TemporalPositionIdentifier",
    "EchoTime",
    "RepetitionTime",
    "InversionTime",
    "ImageType",
    "AcquisitionNumber",
    "AcquisitionDateTime",
    "ContentTime",
    "TriggerTime",
    "FlipAngle",
    "ComplexImageComponent",
    "DiffusionBValue",
    "DiffusionGradientOrientation",
)

# DICOM PS3.4 Table B.5-1. A secondary capture may call itself MR; its class tells.
MR_IMAGE = "1.2.840.10008.5.1.4.1.1.4"
MR_IMAGE_SOP_CLASSES = frozenset(
    {
        MR_IMAGE,
        "1.2.840.10008.5.1.4.1.1.4.1",  # Enhanced MR Image Storage
        "1.2.840.10008.5.1.4.1.1.4.3",  # Enhanced MR Color Image Storage
        "1.2.840.10008.5.1.4.1.1.4.4",  # Legacy Converted Enhanced MR Image Storage
    }
)


def header_row(tags: Mapping[str, object]) -> dict[str, str]:
    """The tags of one instance that leave this machine; missing ones stay absent."""
    return {
        keyword: value for keyword in HEADER_KEYWORDS if isinstance(value := tags.get(keyword), str)
    }


def mr_images(instances: Sequence[Mapping[str, object]]) -> list[Mapping[str, object]]:
    """The instances that are MR images, in order of their instance number."""
    images = [tags for tags in instances if tags.get("SOPClassUID") in MR_IMAGE_SOP_CLASSES]
    return sorted(images, key=_by_number)


def image_count(instances: Sequence[Mapping[str, object]]) -> int:
    """How many two-dimensional images these are: a multi-frame object counts each frame."""
    return sum(max(1, _whole(tags.get("NumberOfFrames"))) for tags in instances)


def _by_number(tags: Mapping[str, object]) -> tuple[int, str]:
    return _whole(tags.get("InstanceNumber")), str(tags.get("SOPInstanceUID"))


def _whole(value: object) -> int:
    try:
        return int(str(value))
    except ValueError:
        return 0
