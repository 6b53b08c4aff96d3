"""A result of nothing real, before the first request.

What libraries load at their first use, and that is much of DICOM's data model, is there by then.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from pydicom import Dataset
from pydicom.dataset import FileMetaDataset
from pydicom.uid import UID, ExplicitVRLittleEndian, MRImageStorage

from segrelay_contract.status import Stage
from segrelay_worker.inference.input_folder import InputFolder
from segrelay_worker.inference.segment_series import segment_series
from segrelay_worker.segmenters.package import ModelPackage
from segrelay_worker.segmenters.segmenter import PlacedChannels, Prediction, ReportFraction

_SLICES, _ROWS, _COLUMNS = 3, 4, 4
_PATTERN = np.arange(_ROWS * _COLUMNS, dtype="<u2")


def rehearse(package: ModelPackage) -> None:
    """Segments a few voxels with all but the network. Raises what `segment_series` raises."""
    with TemporaryDirectory() as name:
        series, results = Path(name) / "series", Path(name) / "results"
        series.mkdir()
        results.mkdir()
        for index in range(_SLICES):
            _slice(index).save_as(series / str(index), enforce_file_format=True)
        segment_series(
            inputs=[InputFolder(series, role) for role in package.manifest.input.roles],
            results_folder=results,
            package=package,
            segmenter=_SharesOut(len(package.segments)),
            threshold=0.5,
            run=0,
            report=_unheard,
            now=datetime.now().astimezone(),
        )


def _unheard(stage: Stage, fraction: float) -> None:
    pass


class _SharesOut:
    """Stands for the network: each voxel belongs to one segment, for some kinds take no more."""

    def __init__(self, segments: int) -> None:
        self._segments = segments

    def predict(self, channels: PlacedChannels, report: ReportFraction) -> Prediction:
        report(1.0)
        turns_xyz = np.indices(channels.array_cxyz.shape[1:]).sum(axis=0) % self._segments
        shared = [turns_xyz == segment for segment in range(self._segments)]
        return Prediction(np.stack(shared).astype(np.float32))


def _slice(index: int) -> Dataset:
    image = Dataset()
    image.file_meta = FileMetaDataset()
    image.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    image.SOPClassUID, image.Modality = MRImageStorage, "MR"
    image.SOPInstanceUID = UID(f"2.25.{index + 1}")
    image.StudyInstanceUID, image.SeriesInstanceUID = UID("2.25.10"), UID("2.25.11")
    image.FrameOfReferenceUID = UID("2.25.12")
    image.ImageOrientationPatient, image.PixelSpacing = [1, 0, 0, 0, 1, 0], [1, 1]
    image.ImagePositionPatient = [0, 0, index]
    image.Rows, image.Columns, image.SamplesPerPixel = _ROWS, _COLUMNS, 1
    image.PhotometricInterpretation, image.PixelRepresentation = "MONOCHROME2", 0
    image.BitsAllocated, image.BitsStored, image.HighBit = 16, 16, 15
    image.add_new("PixelData", "OW", _PATTERN.tobytes())
    return image
