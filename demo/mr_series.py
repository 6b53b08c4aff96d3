"""Turns a volume into the images of a classic MR series (MR Image Storage, one file per slice)."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from uuid import NAMESPACE_OID, uuid5

import numpy as np
import numpy.typing as npt
from pydicom import Dataset, FileMetaDataset
from pydicom.uid import UID, ExplicitVRLittleEndian, MRImageStorage
from pydicom.valuerep import format_number_as_ds

from demo.mr_header import mr_header

# Any fixed number will do: it decides in which wrong order the slices are stored.
_SHUFFLE_SEED = 27


@dataclass(frozen=True)
class Volume:
    """Voxels with their place in the patient.

    Attributes:
        voxels_crs: uint16 [columns, rows, slices].
        affine_lps: 4x4, from (column, row, slice) to LPS millimetres (DICOM PS3.3 C.7.6.2.1.1).
    """

    voxels_crs: npt.NDArray[np.uint16]
    affine_lps: npt.NDArray[np.float64]


def series_datasets(volume: Volume) -> list[Dataset]:
    """The images of the series in the order of their positions, numbered in another order."""
    name = content_digest(volume)
    count = volume.voxels_crs.shape[2]
    numbers = np.random.default_rng(_SHUFFLE_SEED).permutation(count) + 1
    return [
        slice_dataset(volume, index, name=name, number=int(number))
        for index, number in enumerate(numbers)
    ]


def content_digest(volume: Volume) -> str:
    """What the UIDs derive from, so that the same content is the same series each time."""
    # Rounded, because the last digit of a sine depends on the processor; + 0.0 makes -0.0 a 0.0.
    place = np.round(volume.affine_lps, 6) + 0.0
    parts = mr_header().to_json().encode(), place.tobytes(), volume.voxels_crs.tobytes("F")
    return hashlib.sha256(b"".join(parts)).hexdigest()


def slice_dataset(volume: Volume, index: int, *, name: str, number: int) -> Dataset:
    """One image of the series."""
    image = mr_header()
    image.SOPClassUID = MRImageStorage
    image.SOPInstanceUID = derived_uid(name, f"slice {index}")
    image.SeriesInstanceUID = derived_uid(name, "series")
    image.StudyInstanceUID = derived_uid(name, "study")
    image.FrameOfReferenceUID = derived_uid(name, "frame of reference")
    image.InstanceNumber = number
    add_plane(image, volume.affine_lps, index)
    add_pixels(image, volume.voxels_crs, index)
    return image


def add_plane(image: Dataset, affine_lps: npt.NDArray[np.float64], index: int) -> None:
    """Say where the slice lies (Image Plane module, DICOM PS3.3 C.7.6.2)."""
    steps = affine_lps[:3, :3]
    spacing = np.linalg.norm(steps, axis=0)
    along_row, along_column, _ = (steps / spacing).T
    position = affine_lps[:3, 3] + index * steps[:, 2]
    image.ImagePositionPatient = decimals(position)
    image.ImageOrientationPatient = decimals(np.concatenate([along_row, along_column]))
    image.PixelSpacing = decimals(spacing[[1, 0]])
    image.SliceThickness = decimals(spacing[2:])[0]
    image.SpacingBetweenSlices = image.SliceThickness
    image.SliceLocation = decimals(np.cross(along_row, along_column)[None] @ position)[0]


def add_pixels(image: Dataset, voxels_crs: npt.NDArray[np.uint16], index: int) -> None:
    """Add the slice's values, row by row, and a window that shows the whole volume alike."""
    rows_columns = np.ascontiguousarray(voxels_crs[:, :, index].T, dtype="<u2")
    brightest = int(voxels_crs.max())
    image.Rows, image.Columns = rows_columns.shape
    image.WindowCenter, image.WindowWidth = str(brightest // 2), str(max(brightest, 1))
    image.PixelData = rows_columns.tobytes()
    image["PixelData"].VR = "OW"


def decimals(values: npt.NDArray[np.float64]) -> list[str]:
    """Numbers as DICOM writes them, in at most 16 characters (PS3.5 6.2, DS).

    Rounded first: pydicom writes -9.99999999999997 as -10.0000000000000, one character too long.
    """
    return [format_number_as_ds(round(float(value), 10) + 0.0) for value in values]


def derived_uid(name: str, role: str) -> UID:
    """A UID that the same name and role always give (DICOM PS3.5 B.2)."""
    return UID(f"2.25.{uuid5(NAMESPACE_OID, f'segrelay demo {name} {role}').int}")


def write_series(datasets: list[Dataset], folder: Path) -> list[Path]:
    """Write each image to a file of its own; the names follow neither position nor number."""
    folder.mkdir(parents=True, exist_ok=True)
    names = np.random.default_rng(_SHUFFLE_SEED + 1).permutation(len(datasets)) + 1
    paths = [folder / f"IM{name:04d}.dcm" for name in names]
    for dataset, path in zip(datasets, paths, strict=True):
        dataset.file_meta = FileMetaDataset()
        dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        dataset.save_as(path, enforce_file_format=True)
    return sorted(paths)
