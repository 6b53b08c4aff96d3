"""Files → datasets → pixels, loud where a file is cut off or damaged."""

from __future__ import annotations

import struct
import warnings
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset, dcmread
from pydicom.config import disable_value_validation
from pydicom.errors import BytesLengthException, InvalidDicomError
from pydicom.pixels.utils import pixel_array

from segrelay_contract.error_codes import ErrorCode
from segrelay_worker.errors import PermanentError

# What pydicom and its decoder plug-ins raise on pixels that are missing, short or damaged.
DECODER_FAILURES = (
    AttributeError,
    BytesLengthException,
    EOFError,
    LookupError,
    RuntimeError,
    TypeError,
    ValueError,
    struct.error,
)


def read_series(folder: Path) -> list[Dataset]:
    """Every image below a folder, whatever the files are called.

    Raises PermanentError: unreadable_dicom with the number of files that are no DICOM images, or
    series_gone if there is no file at all.
    """
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    if not paths:
        raise PermanentError(ErrorCode.SERIES_GONE)
    read = [_read_image(path) for path in paths]
    datasets = [dataset for dataset in read if dataset is not None]
    if len(datasets) < len(paths):
        raise PermanentError(ErrorCode.UNREADABLE_DICOM, {"count": len(paths) - len(datasets)})
    return datasets


def _read_image(path: Path) -> Dataset | None:
    """One image with a whole header, or None; pixels that are cut off show when decoded."""
    # pydicom's warnings may quote patient tags and would reach the log.
    with disable_value_validation(), warnings.catch_warnings(action="ignore"):
        try:
            dataset = dcmread(path)
            if "BitsAllocated" not in dataset:  # a cut in compressed pixels loses the header too
                dataset = dcmread(path, stop_before_pixels=True)
        except (InvalidDicomError, EOFError, OSError, ValueError, KeyError):
            return None
    # The last header element of an image that anybody here reads.
    return dataset if "BitsAllocated" in dataset else None


def decode_pixels(dataset: Dataset) -> NDArray[np.float32]:
    """Rescaled pixel values of a single-frame image, [row, column] (DICOM PS3.3 C.11.1).

    Raises PermanentError undecodable_pixels if data is missing, short or damaged.
    """
    try:
        stored = pixel_array(dataset)
        slope = np.float32(dataset.get("RescaleSlope") or 1)
        intercept = np.float32(dataset.get("RescaleIntercept") or 0)
    except DECODER_FAILURES as error:
        raise _undecodable(dataset, type(error).__name__) from error
    if stored.shape != (dataset.Rows, dataset.Columns):
        raise _undecodable(dataset, f"decoded to shape {stored.shape}")
    values: NDArray[np.float32] = stored.astype(np.float32)
    values *= slope
    values += intercept
    return values


def _undecodable(dataset: Dataset, detail: str) -> PermanentError:
    number = dataset.get("InstanceNumber")
    parameters = {"instance_number": "?" if number is None else str(number)}
    return PermanentError(ErrorCode.UNDECODABLE_PIXELS, parameters, detail=detail)
