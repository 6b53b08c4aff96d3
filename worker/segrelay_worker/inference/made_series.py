"""An MR series of nobody: voxels 1 mm wide, as few tags as a worker needs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset
from pydicom.dataset import FileMetaDataset
from pydicom.uid import UID, ExplicitVRLittleEndian, MRImageStorage


def write_made_series(folder: Path, volume_zyx: NDArray[np.uint16], *, number: int = 0) -> None:
    """Axial slices in a new folder; series of different numbers are of one study, in one place."""
    folder.mkdir()
    for index, slice_yx in enumerate(volume_zyx):
        image = _slice(index, slice_yx)
        image.SeriesInstanceUID = UID(f"2.25.11.{number}")
        image.SOPInstanceUID = UID(f"2.25.11.{number}.{index}")
        image.save_as(folder / str(index), enforce_file_format=True)


def _slice(index: int, slice_yx: NDArray[np.uint16]) -> Dataset:
    image = Dataset()
    image.file_meta = FileMetaDataset()
    image.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    image.SOPClassUID, image.Modality = MRImageStorage, "MR"
    image.StudyInstanceUID, image.FrameOfReferenceUID = UID("2.25.10"), UID("2.25.12")
    image.ImageOrientationPatient, image.PixelSpacing = [1, 0, 0, 0, 1, 0], [1, 1]
    image.ImagePositionPatient = [0, 0, index]
    (image.Rows, image.Columns), image.SamplesPerPixel = slice_yx.shape, 1
    image.PhotometricInterpretation, image.PixelRepresentation = "MONOCHROME2", 0
    image.BitsAllocated, image.BitsStored, image.HighBit = 16, 16, 15
    image.add_new("PixelData", "OW", slice_yx.astype("<u2").tobytes())
    return image
