# SPDX-License-Identifier: AGPL-3.0-or-later
from collections.abc import Mapping, Sequence

# What Django and the worker judge a series by, with the tags as Orthanc writes them. No patient tag
# is among them.
HEADER_TAGS = {
    "SOPInstanceUID": "0008,0018",
    "SOPClassUID": "0008,0016",
    "Modality": "0008,0060",
    "Rows": "0028,0010",
    "Columns": "0028,0011",
    "NumberOfFrames": "0028,0008",
    "ImagePositionPatient": "0020,0032",
    "ImageOrientationPatient": "0020,0037",
    "PixelSpacing": "0028,0030",
    "SliceThickness": "0018,0050",
    "FrameOfReferenceUID": "0020,0052",
    "SeriesInstanceUID": "0020,000e",
    "StudyInstanceUID": "0020,000d",
    "InstanceNumber": "0020,0013",
    "AcquisitionTime": "0008,0032",
    "TemporalPositionIdentifier": "0020,0100",
    "EchoTime": "0018,0081",
    "RepetitionTime": "0018,0080",
    "InversionTime": "0018,0082",
    "ImageType": "0008,0008",
    "AcquisitionNumber": "0020,0012",
    "AcquisitionDateTime": "0008,002a",
    "ContentTime": "0008,0033",
    "TriggerTime": "0018,1060",
    "FlipAngle": "0018,1314",
    "ComplexImageComponent": "0008,9208",
    "DiffusionBValue": "0018,9087",
    "DiffusionGradientOrientation": "0018,9089",
}
HEADER_KEYWORDS = tuple(HEADER_TAGS)

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
    return sorted(images, key=by_number)


def by_number(tags: Mapping[str, object]) -> tuple[int, str]:
    """Where an image stands in its series."""
    return _whole(tags.get("InstanceNumber")), str(tags.get("SOPInstanceUID"))


def image_count(instances: Sequence[Mapping[str, object]]) -> int:
    """How many two-dimensional images these are: a multi-frame object counts each frame."""
    return sum(max(1, _whole(tags.get("NumberOfFrames"))) for tags in instances)


def _whole(value: object) -> int:
    try:
        return int(str(value))
    except ValueError:
        return 0
