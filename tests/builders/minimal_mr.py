"""Small but complete classic MR series, and other objects that an archive may hold."""

from collections.abc import Iterable, Sequence
from io import BytesIO

import requests
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, generate_uid

MR_IMAGE = "1.2.840.10008.5.1.4.1.1.4"
CT_IMAGE = "1.2.840.10008.5.1.4.1.1.2"
SEGMENTATION = "1.2.840.10008.5.1.4.1.1.66.4"
SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"
THREE_PLANES = ((1, 0, 0, 0, 1, 0), (0, 1, 0, 0, 0, -1), (1, 0, 0, 0, 0, -1))


def mr_slice(  # noqa: PLR0913 - each is a header field that some test turns
    *,
    study_uid: str,
    series_uid: str,
    frame_of_reference_uid: str = "1.2.826.0.1.3680043.8.498.1",
    number: int = 1,
    position_mm: Sequence[float] = (0.0, 0.0, 0.0),
    orientation: Sequence[float] = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0),
    spacing_mm: Sequence[float] = (1.0, 1.0),
    thickness_mm: float = 1.0,
    rows: int = 4,
    columns: int = 6,
    description: str = "T1 MPRAGE",
    pixels: bytes | None = None,
) -> Dataset:
    """One slice of a classic MR series, 16 bit, with every type 1 and 2 element of the IOD.

    `spacing_mm` is (between rows, between columns) as in Pixel Spacing; `pixels` are
    little-endian unsigned 16 bit, row by row.
    """
    dataset = _object(MR_IMAGE, modality="MR", study_uid=study_uid, series_uid=series_uid)
    dataset.SeriesDescription = description
    dataset.InstanceNumber = number
    dataset.ImageType = ["ORIGINAL", "PRIMARY", "OTHER"]
    dataset.ScanningSequence = ["GR", "IR"]
    dataset.BodyPartExamined = "HEAD"
    dataset.SequenceVariant = "MP"
    dataset.ScanOptions = ""
    dataset.MRAcquisitionType = "3D"
    dataset.RepetitionTime = 2000.0
    dataset.EchoTime = 3.0
    dataset.InversionTime = 900.0
    dataset.EchoTrainLength = 1
    dataset.PatientPosition = "HFS"
    dataset.FrameOfReferenceUID = frame_of_reference_uid
    dataset.PositionReferenceIndicator = ""
    dataset.ImagePositionPatient = list(position_mm)
    dataset.ImageOrientationPatient = list(orientation)
    dataset.PixelSpacing = list(spacing_mm)
    dataset.SliceThickness = thickness_mm
    _set_pixels(dataset, rows, columns, pixels)
    return dataset


def mr_series(
    *, slices: int = 3, description: str = "T1 MPRAGE", study_uid: str | None = None
) -> list[Dataset]:
    """An axial series with one millimetre between its slices, by itself or of a given study."""
    study_uid, series_uid = study_uid or generate_uid(), generate_uid()
    return [
        mr_slice(
            study_uid=study_uid,
            series_uid=series_uid,
            number=index + 1,
            position_mm=(0.0, 0.0, float(index)),
            description=description,
        )
        for index in range(slices)
    ]


def localizer() -> list[Dataset]:
    """Three images for planning, one in each direction."""
    study_uid, series_uid = generate_uid(), generate_uid()
    return [
        mr_slice(
            study_uid=study_uid,
            series_uid=series_uid,
            number=number,
            orientation=orientation,
            description="Localizer",
        )
        for number, orientation in enumerate(THREE_PLANES, start=1)
    ]


def other_object(*, sop_class_uid: str, modality: str) -> Dataset:
    """An object that is no MR image, with just enough in it for an archive to store it."""
    dataset = _object(
        sop_class_uid, modality=modality, study_uid=generate_uid(), series_uid=generate_uid()
    )
    dataset.InstanceNumber = 1
    return dataset


def as_bytes(dataset: Dataset) -> bytes:
    """The dataset as a DICOM file."""
    file = BytesIO()
    dataset.save_as(file, enforce_file_format=True)
    return file.getvalue()


def upload(datasets: Iterable[Dataset], *, url: str, auth: tuple[str, str]) -> list[str]:
    """Stores the objects over HTTP, in this order; gives Orthanc's ids of their series."""
    series_ids: list[str] = []
    with requests.Session() as session:
        for dataset in datasets:
            response = session.post(
                f"{url}/instances", data=as_bytes(dataset), auth=auth, timeout=30
            )
            response.raise_for_status()
            series_id = response.json()["ParentSeries"]
            if series_id not in series_ids:
                series_ids.append(series_id)
    return series_ids


def _object(sop_class_uid: str, *, modality: str, study_uid: str, series_uid: str) -> Dataset:
    dataset = Dataset()
    dataset.SOPClassUID = sop_class_uid
    dataset.SOPInstanceUID = generate_uid()
    dataset.StudyInstanceUID = study_uid
    dataset.SeriesInstanceUID = series_uid
    dataset.Modality = modality
    dataset.PatientName = "Test^Phantom"
    dataset.PatientID = "PHANTOM-1"
    dataset.PatientBirthDate = ""
    dataset.PatientSex = ""
    dataset.StudyDate = "20260131"
    dataset.StudyTime = "120000"
    dataset.StudyID = "1"
    dataset.AccessionNumber = ""
    dataset.ReferringPhysicianName = ""
    dataset.SeriesNumber = 1
    dataset.Manufacturer = ""
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    return dataset


def _set_pixels(dataset: Dataset, rows: int, columns: int, pixels: bytes | None) -> None:
    dataset.Rows = rows
    dataset.Columns = columns
    dataset.SamplesPerPixel = 1
    dataset.PhotometricInterpretation = "MONOCHROME2"
    dataset.BitsAllocated = 16
    dataset.BitsStored = 16
    dataset.HighBit = 15
    dataset.PixelRepresentation = 0
    dataset.PixelData = pixels if pixels is not None else bytes(2 * rows * columns)
