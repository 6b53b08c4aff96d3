"""What the demo's MR headers say besides geometry: who, when, where, and how it was scanned."""

from typing import Final

from pydicom import Dataset

# DICOM PS3.3 A.4.3, module by module; keywords are the standard's. Type 2 attributes that nobody
# knows stay empty.
_PATIENT: Final = {
    "PatientName": "Segrelay^Demo",
    "PatientID": "SEGRELAY-DEMO-COLIN27",
    "PatientBirthDate": "",
    "PatientSex": "M",
    "PatientIdentityRemoved": "YES",
    "DeidentificationMethod": "Public template image",
}
_STUDY: Final = {
    "StudyDate": "20240102",
    "StudyTime": "090000",
    "StudyID": "1",
    "AccessionNumber": "",
    "ReferringPhysicianName": "",
    "StudyDescription": "Head MRI (Colin27 template)",
}
_SERIES: Final = {
    "Modality": "MR",
    "SeriesNumber": 2,
    "SeriesDate": "20240102",
    "SeriesTime": "090500",
    "SeriesDescription": "T1 MPRAGE oblique",
    "ProtocolName": "T1 MPRAGE",
    "BodyPartExamined": "HEAD",
    "PatientPosition": "HFS",
    "PositionReferenceIndicator": "",
    "Manufacturer": "Segrelay demo",
    "ManufacturerModelName": "Colin27 to DICOM",
    "DeviceSerialNumber": "1",
    "SoftwareVersions": "1",
}
_ACQUISITION: Final = {
    "ImageType": ["ORIGINAL", "PRIMARY", "OTHER"],
    "AcquisitionNumber": 1,
    "AcquisitionDate": "20240102",
    "AcquisitionTime": "090500",
    "ContentDate": "20240102",
    "ContentTime": "090500",
    "ScanningSequence": ["GR", "IR"],
    "SequenceVariant": ["SK", "SP", "MP"],
    "ScanOptions": "",
    "MRAcquisitionType": "3D",
    "MagneticFieldStrength": "1.5",
    "RepetitionTime": "2300",
    "EchoTime": "2.98",
    "InversionTime": "900",
    "FlipAngle": "9",
    "EchoTrainLength": "1",
}
_PIXELS: Final = {
    "SamplesPerPixel": 1,
    "PhotometricInterpretation": "MONOCHROME2",
    "BitsAllocated": 16,
    "BitsStored": 16,
    "HighBit": 15,
    "PixelRepresentation": 0,
}


def mr_header() -> Dataset:
    """A fresh header with all that is the same in every image of the series."""
    header = Dataset()
    for module in (_PATIENT, _STUDY, _SERIES, _ACQUISITION, _PIXELS):
        for keyword, value in module.items():
            setattr(header, keyword, value)
    return header
