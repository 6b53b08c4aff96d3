"""Whose result it is: patient and study attributes, kept from code that checks or logs them."""

from __future__ import annotations

from pydicom import Dataset
from pydicom.datadict import dictionary_VR
from pydicom.dataelem import DataElement, RawDataElement
from pydicom.valuerep import DS

from segrelay_worker.series_volume.sound_elements import UNREADABLE

# DICOM PS3.3: what a derived object shares with its sources (C.7.1.1, C.7.2.1, C.7.2.2, C.7.1.3,
# C.7.2.3). Type 2 attributes are written empty where the source lacks them.
TYPE_2 = (
    "PatientName",
    "PatientID",
    "PatientBirthDate",
    "PatientSex",
    "StudyDate",
    "StudyTime",
    "StudyID",
    "AccessionNumber",
    "ReferringPhysicianName",
)
OPTIONAL = (
    "SpecificCharacterSet",
    "TimezoneOffsetFromUTC",
    "IssuerOfPatientID",
    "OtherPatientIDs",
    "PatientBirthTime",
    "EthnicGroup",
    "PatientComments",
    "PatientSpeciesDescription",
    "PatientBreedDescription",
    "ResponsiblePerson",
    "PatientIdentityRemoved",
    "DeidentificationMethod",
    "DeidentificationMethodCodeSequence",
    "StudyDescription",
    "ReferencedStudySequence",
    "PatientAge",
    "PatientSize",
    "PatientWeight",
    "AdmissionID",
    "ClinicalTrialSponsorName",
    "ClinicalTrialProtocolID",
    "ClinicalTrialProtocolName",
    "ClinicalTrialSiteID",
    "ClinicalTrialSiteName",
    "ClinicalTrialSubjectID",
    "ClinicalTrialSubjectReadingID",
    "ClinicalTrialTimePointID",
    "ClinicalTrialTimePointDescription",
)

# What highdicom reads from a source image besides patient and study.
_IMAGE_KEYWORDS = (
    "SOPClassUID",
    "SOPInstanceUID",
    "StudyInstanceUID",
    "SeriesInstanceUID",
    "Modality",
    "FrameOfReferenceUID",
    "PositionReferenceIndicator",
    "ImagePositionPatient",
    "ImageOrientationPatient",
    "PixelSpacing",
    "Rows",
    "Columns",
    "LossyImageCompression",
    "LossyImageCompressionRatio",
    "LossyImageCompressionMethod",
)


def anonymous_source(source: Dataset, *, first: Dataset, slice_thickness_mm: float) -> Dataset:
    """The image without its patient, in the plane of the first of its series.

    Scanners round directions differently in one series, which highdicom does not take.
    highdicom warns with the patient's name in the text and rejects results over a bad birth date;
    it is given this instead, and the attributes are copied afterwards as they stand.
    """
    stand_in = Dataset()
    for keyword in _IMAGE_KEYWORDS:
        if keyword in source:
            stand_in[keyword] = source[keyword]
    stand_in.ImageOrientationPatient = first.ImageOrientationPatient
    stand_in.SliceThickness = DS(slice_thickness_mm, auto_format=True)  # sources may lack it
    for keyword in TYPE_2:
        setattr(stand_in, keyword, "")
    return stand_in


def copy_patient_and_study(source: Dataset, target: Dataset) -> None:
    """Makes the target belong to the patient and study of the source, bad values included.

    Text keeps its bytes, and with them the character set that the source names, if any; all text
    of our own is ASCII, which is the same in each of them.
    """
    target.pop("SpecificCharacterSet", None)
    for keyword in OPTIONAL:
        element = _element(source, keyword)
        if element is not None:
            target[keyword] = element
    for keyword in TYPE_2:
        target[keyword] = _element(source, keyword) or DataElement(
            keyword, dictionary_VR(keyword), None
        )


def patient_id_of(source: Dataset) -> str:
    """Without its padding (PS3.5 6.2); empty where the source has none.

    A character for each byte: an element that pydicom has decoded would not be copied as it is.
    """
    element = _element(source, "PatientID")
    value = element.value if element is not None else None
    text = value.decode("latin-1") if isinstance(value, bytes) else str(value or "")
    return text.strip(" \0")


def _element(source: Dataset, keyword: str) -> DataElement | RawDataElement | None:
    if keyword not in source:
        return None
    return _as_read(source, keyword) or _decoded(source, keyword)


def _as_read(source: Dataset, keyword: str) -> RawDataElement | None:
    """The bytes of the file, where they are text and nobody has looked at them yet."""
    raw, vr = source.get_item(keyword, keep_deferred=True), dictionary_VR(keyword)
    if not isinstance(raw, RawDataElement) or vr == "SQ" or raw.VR not in {vr, "UN", None}:
        return None
    value = raw.value or b""
    even = value + b" " * (len(value) % 2)
    return raw._replace(VR=vr, length=len(even), value=even)


def _decoded(source: Dataset, keyword: str) -> DataElement | None:
    try:
        return source[keyword]
    except UNREADABLE:  # one bad tag: leave it out
        return None
