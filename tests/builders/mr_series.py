"""Classic MR series of the phantom, with complete headers, in any plane and stored in any order."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

import numpy as np
from builders.phantom import AIR, intensity_at, lesion_at
from numpy.typing import NDArray
from pydicom import Dataset
from pydicom.dataset import FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, MRImageStorage

Vector = tuple[float, float, float]
Plane = Literal["axial", "sagittal", "coronal", "oblique"]

CENTRE_LPS = np.array([7.0, -11.0, 23.0])  # of the head; not zero, so that no sign can hide


def _tilted() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    angles = np.radians([17.0, -11.0, 8.0])
    (sx, sy, sz), (cx, cy, cz) = np.sin(angles), np.cos(angles)
    about_x = np.array([[1, 0, 0], [0, cx, -sx], [0, sx, cx]])
    about_y = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    about_z = np.array([[cz, -sz, 0], [sz, cz, 0], [0, 0, 1]])
    rotation = about_z @ about_y @ about_x
    return rotation[:, 0], rotation[:, 1]


# Row direction (along increasing column index), column direction (along increasing row index).
PLANES: dict[Plane, tuple[NDArray[np.float64], NDArray[np.float64]]] = {
    "axial": (np.array([1.0, 0, 0]), np.array([0, 1.0, 0])),
    "sagittal": (np.array([0, 1.0, 0]), np.array([0, 0, -1.0])),
    "coronal": (np.array([1.0, 0, 0]), np.array([0, 0, -1.0])),
    "oblique": _tilted(),
}


@dataclass(frozen=True)
class SeriesPlan:
    """What to build; spacing is between slices, rows, columns."""

    plane: Plane = "axial"
    directions: tuple[Vector, Vector] | None = None  # of rows and columns; None: the plane's
    shape_zyx: tuple[int, int, int] = (20, 44, 36)
    spacing_zyx_mm: tuple[float, float, float] = (3.0, 2.0, 2.5)
    shuffled: bool = True
    seed: int = 0
    signed: bool = False
    rescale: tuple[float, float] | None = None  # slope, intercept
    uid_root: str = "2.25.31415926535"
    lesion: bool = True
    changes: dict[str, object] = field(default_factory=dict)  # keyword → value, in every image

    @property
    def row_and_column(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Unit vectors along increasing column and row index."""
        if self.directions is None:
            return PLANES[self.plane]
        return np.array(self.directions[0]), np.array(self.directions[1])

    @property
    def affine_zyx_to_lps(self) -> NDArray[np.float64]:
        """Index (slice, row, column, 1) → patient mm; the head's centre is the grid's."""
        row, column = self.row_and_column
        axes = np.stack([np.cross(row, column), column, row], axis=1)
        affine = np.eye(4)
        affine[:3, :3] = axes * self.spacing_zyx_mm
        middle_zyx = (np.array(self.shape_zyx) - 1) / 2
        affine[:3, 3] = CENTRE_LPS - affine[:3, :3] @ middle_zyx
        return affine

    @property
    def points_lps(self) -> NDArray[np.float64]:
        """Where voxel centres lie, [slice, row, column, 3]."""
        index_zyx = np.moveaxis(np.indices(self.shape_zyx), 0, -1)
        affine = self.affine_zyx_to_lps
        points: NDArray[np.float64] = index_zyx @ affine[:3, :3].T + affine[:3, 3]
        return points

    @property
    def truth_zyx(self) -> NDArray[np.bool_]:
        """The lesion on the grid, [slice, row, column], slices sorted along their normal."""
        return lesion_at(self.points_lps, CENTRE_LPS) & self.lesion

    def volume_zyx(self) -> NDArray[np.int32]:
        """Intensities after rescaling."""
        values = intensity_at(self.points_lps, CENTRE_LPS)
        if values.min() == values.max():  # a small grid within the head must not be blank
            values[0, 0, 0] = AIR
        return values if self.lesion else np.minimum(values, 200)

    def uid(self, *parts: int) -> str:
        """Different for different series, the same in every call."""
        return ".".join([self.uid_root, str(self.seed + 1), *map(str, parts)])


def build_series(plan: SeriesPlan | None = None, **changes: object) -> list[Dataset]:
    """The images of a series, in the order in which they are stored."""
    plan = replace(plan or SeriesPlan(), **changes)  # type: ignore[arg-type]
    volume_zyx = plan.volume_zyx()
    images = [_image(plan, index, volume_zyx[index]) for index in range(len(volume_zyx))]
    if plan.shuffled:
        # Instance numbers are dealt anew as well: neither they nor file names tell the order.
        order = random.Random(plan.seed)  # noqa: S311 - repeatable, not secret
        order.shuffle(images)
        for number, image in enumerate(images, start=1):
            image.InstanceNumber = number
    return images


def write_series(datasets: Sequence[Dataset], folder: Path) -> list[Path]:
    """One file per image, named by place in the list."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"IM{place:04d}" for place in range(len(datasets))]
    for path, dataset in zip(paths, datasets, strict=True):
        dataset.save_as(path, enforce_file_format=True)
    return paths


def _image(plan: SeriesPlan, index: int, slice_yx: NDArray[np.int32]) -> Dataset:
    image = Dataset()
    image.file_meta = FileMetaDataset()
    image.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    for part in (
        _patient_and_study(plan),
        _series_and_equipment(plan),
        _place(plan, index),
        _mr_image(plan, index),
        _pixels(plan, slice_yx),
    ):
        image.update(part)
    for keyword, value in plan.changes.items():
        setattr(image, keyword, value)
    return image


def _patient_and_study(plan: SeriesPlan) -> Dataset:
    part = Dataset()
    part.SpecificCharacterSet = "ISO_IR 192"
    part.PatientName = "Phantom^Asymmetric"
    part.PatientID = "PHANTOM-1"
    part.PatientBirthDate = "19700101"
    part.PatientSex = "O"
    part.PatientAge = "055Y"
    part.PatientWeight = "70"
    part.StudyInstanceUID = plan.uid(1)
    part.StudyDate = "20260102"
    part.StudyTime = "101500"
    part.StudyID = "1"
    part.StudyDescription = "Phantom study"
    part.AccessionNumber = "A1"
    part.ReferringPhysicianName = "Referrer^Test"
    return part


def _series_and_equipment(plan: SeriesPlan) -> Dataset:
    part = Dataset()
    part.SOPClassUID = MRImageStorage
    part.Modality = "MR"
    part.SeriesInstanceUID = plan.uid(2)
    part.SeriesNumber = 4
    part.SeriesDate = "20260102"
    part.SeriesTime = "101600"
    part.SeriesDescription = "t1_mprage"
    part.ProtocolName = "t1_mprage"
    part.BodyPartExamined = "HEAD"
    part.PatientPosition = "HFS"
    part.Manufacturer = "Phantom Works"
    part.ManufacturerModelName = "Phantom 1"
    part.FrameOfReferenceUID = plan.uid(3)
    part.PositionReferenceIndicator = ""
    return part


def _place(plan: SeriesPlan, index: int) -> Dataset:
    row, column = plan.row_and_column
    position = (plan.affine_zyx_to_lps @ [index, 0, 0, 1])[:3]
    part = Dataset()
    part.SOPInstanceUID = plan.uid(4, index + 1)
    part.ImagePositionPatient = [_decimal(value) for value in position]
    part.ImageOrientationPatient = [_decimal(value) for value in (*row, *column)]
    part.PixelSpacing = [_decimal(value) for value in plan.spacing_zyx_mm[1:]]
    part.SliceThickness = _decimal(plan.spacing_zyx_mm[0])
    part.SpacingBetweenSlices = _decimal(plan.spacing_zyx_mm[0])
    return part


def _mr_image(plan: SeriesPlan, index: int) -> Dataset:
    part = Dataset()
    part.ImageType = ["ORIGINAL", "PRIMARY", "OTHER"]
    part.InstanceNumber = index + 1
    part.AcquisitionNumber = 1
    part.AcquisitionDate = part.ContentDate = "20260102"
    part.AcquisitionTime = part.ContentTime = "101700"
    part.ScanningSequence = ["GR", "IR"]
    part.SequenceVariant = ["SP", "MP"]
    part.ScanOptions = ""
    part.MRAcquisitionType = "3D"
    part.RepetitionTime = "2300"
    part.EchoTime = "2.98"
    part.InversionTime = "900"
    part.EchoTrainLength = 1
    part.FlipAngle = "9"
    part.MagneticFieldStrength = "3"
    part.ImagingFrequency = "123.2"
    return part


def _pixels(plan: SeriesPlan, slice_yx: NDArray[np.int32]) -> Dataset:
    slope, intercept = plan.rescale or (1.0, 0.0)
    stored = np.rint((slice_yx - intercept) / slope).astype("<i2" if plan.signed else "<u2")
    part = Dataset()
    part.SamplesPerPixel = 1
    part.PhotometricInterpretation = "MONOCHROME2"
    part.Rows, part.Columns = stored.shape
    part.BitsAllocated, part.BitsStored, part.HighBit = 16, 16, 15
    part.PixelRepresentation = int(plan.signed)
    part.WindowCenter, part.WindowWidth = "400", "800"
    if plan.rescale:
        part.RescaleSlope, part.RescaleIntercept = (_decimal(value) for value in plan.rescale)
        part.RescaleType = "US"
    part.add_new("PixelData", "OW", stored.tobytes())
    return part


def _decimal(value: float) -> str:
    """At most 16 characters, as a DS must be."""
    return f"{value:.9f}"[:16]
