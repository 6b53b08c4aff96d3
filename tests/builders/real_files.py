"""DICOM files of real scanners, as they lie inside installed packages."""

from __future__ import annotations

import gzip
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path

import numpy as np
from pydicom import Dataset, dcmread
from pydicom.uid import UID

SIDE = 32  # pixels of a frame, where the test puts them in


def package_folder(name: str) -> Path:
    """Nothing in the package is run."""
    spec = find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise FileNotFoundError(f"{name} is not installed (see requirements/)")
    return Path(next(iter(spec.submodule_search_locations)))


def siemens(pattern: str) -> list[Dataset]:
    """Files of heudiconv's tests."""
    folder = package_folder("heudiconv") / "tests" / "data"
    return [dcmread(path) for path in sorted(folder.glob(pattern))]


def old_and_odd(name: str) -> Dataset:
    """One file of pydicom-data, or of pydicom's own tests."""
    paths = (
        package_folder("data_store") / "data" / name,
        package_folder("pydicom") / "data" / "test_files" / name,
    )
    return dcmread(next(path for path in paths if path.exists()))


def philips_mprage() -> Dataset:
    """The header of 176 oblique frames that nibabel holds, with small frames of pixels put in."""
    path = package_folder("nibabel") / "nicom" / "tests" / "data" / "philips_mprage.dcm.gz"
    instance = dcmread(BytesIO(gzip.decompress(path.read_bytes())))
    instance.Rows = instance.Columns = SIDE
    voxels = np.arange(instance.NumberOfFrames * SIDE * SIDE)
    instance.PixelData = (voxels * 7919 >> 8 & 4095).astype("<u2").tobytes()
    return instance


def every_file() -> list[Path]:
    """Whatever there is, DICOM or not."""
    folders = (
        package_folder("heudiconv") / "tests" / "data",
        package_folder("data_store") / "data",
        package_folder("pydicom") / "data" / "test_files",
    )
    return [path for folder in folders for path in sorted(folder.rglob("*")) if path.is_file()]


def twice(image: Dataset) -> list[Dataset]:
    """The image, and the same once more beside it: the smallest series that is a volume."""
    series: list[Dataset] = []
    for place in range(2):
        one = dcmread(_saved(image))
        one.SOPInstanceUID = UID(f"2.25.{place + 1}")
        one.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
        one.ImagePositionPatient = [0, 0, 2 * place]
        one.FrameOfReferenceUID = "2.25.3"
        series.append(one)
    return series


def _saved(image: Dataset) -> BytesIO:
    file = BytesIO()
    image.save_as(file)
    file.seek(0)
    return file


def placed_frames(instance: Dataset) -> Dataset:
    """A multi-frame image whose frames did not say where they lie, with places put in."""
    instance.FrameOfReferenceUID = "2.25.3"
    instance.SharedFunctionalGroupsSequence = [Dataset()]
    shared = instance.SharedFunctionalGroupsSequence[0]
    shared.PixelMeasuresSequence = [Dataset()]
    shared.PixelMeasuresSequence[0].PixelSpacing = [1, 1]
    shared.PlaneOrientationSequence = [Dataset()]
    shared.PlaneOrientationSequence[0].ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    instance.PerFrameFunctionalGroupsSequence = [
        _frame_at(1.2 * number) for number in range(instance.NumberOfFrames)
    ]
    return instance


def _frame_at(z_mm: float) -> Dataset:
    frame, position = Dataset(), Dataset()
    position.ImagePositionPatient = [0, 0, f"{z_mm:.1f}"]
    frame.PlanePositionSequence = [position]
    return frame
