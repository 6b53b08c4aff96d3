"""Files → datasets → pixels, loud where a file is cut off or damaged."""

from __future__ import annotations

import struct
import warnings
import zlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset, dcmread
from pydicom.config import disable_value_validation
from pydicom.errors import BytesLengthException, InvalidDicomError
from pydicom.pixels.utils import iter_pixels, pixel_array

from segrelay_contract.error_codes import ErrorCode
from segrelay_worker.errors import PermanentError
from segrelay_worker.series_volume.bounded_file import BoundedFile
from segrelay_worker.series_volume.pixel_values import PixelsError, Scale, as_stored, scale_of
from segrelay_worker.series_volume.sound_elements import UNREADABLE, drop_unsound
from segrelay_worker.series_volume.stored_slice import StoredSlice, Tile

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

# What names an image, and the last header element that anybody here reads.
_NEEDED = (
    "SOPClassUID",
    "SOPInstanceUID",
    "StudyInstanceUID",
    "SeriesInstanceUID",
    "BitsAllocated",
)


def read_series(folder: Path) -> list[Dataset]:
    """Every image below a folder, whatever the files are called.

    Raises PermanentError: unreadable_dicom with the number of files that are no DICOM images,
    series_gone if there is no file at all, or mixed_series.
    """
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    if not paths:
        raise PermanentError(ErrorCode.SERIES_GONE)
    read = [_read_image(path) for path in paths]
    datasets = [dataset for dataset in read if dataset is not None]
    if len(datasets) < len(paths):
        raise PermanentError(ErrorCode.UNREADABLE_DICOM, {"count": len(paths) - len(datasets)})
    series = {(image.StudyInstanceUID, image.SeriesInstanceUID) for image in datasets}
    if len(series) > 1:
        raise PermanentError(ErrorCode.MIXED_SERIES, {"count": len(series)})
    return datasets


def _read_image(path: Path) -> Dataset | None:
    """One image with a whole header, or None; pixels that are cut off show when decoded."""
    # pydicom's warnings may quote patient tags and would reach the log.
    with disable_value_validation(), warnings.catch_warnings(action="ignore"):
        try:
            dataset = _dataset(path)
            if "BitsAllocated" not in dataset:  # a cut in compressed pixels loses the header too
                dataset = _dataset(path, stop_before_pixels=True)
            drop_unsound(dataset)
        except (InvalidDicomError, EOFError, OSError, zlib.error, *UNREADABLE):
            return None
    return (
        dataset if all(dataset.get(keyword) for keyword in _NEEDED) and _is_known(dataset) else None
    )


def _is_known(dataset: Dataset) -> bool:
    """What a class that DICOM does not have would say, nobody here knows."""
    return bool(dataset.SOPClassUID.type == "SOP Class")


def _dataset(path: Path, *, stop_before_pixels: bool = False) -> Dataset:
    with BoundedFile(path) as file:
        return dcmread(file, stop_before_pixels=stop_before_pixels)


def decode_slices(slices: Sequence[StoredSlice]) -> NDArray[np.float32]:
    """Values of slices of one size, [slice, row, column]; each instance is opened once.

    Raises PermanentError undecodable_pixels if data is missing, short or damaged.
    """
    of_instance: defaultdict[int, list[int]] = defaultdict(list)
    for index, stored in enumerate(slices):
        of_instance[id(stored.instance)].append(index)
    array_zyx: NDArray[np.float32] | None = None
    for indices in of_instance.values():
        images = _decode([slices[index] for index in indices])
        for index, image_yx in zip(indices, images, strict=True):
            if array_zyx is None:  # not before one is decoded: a damaged size can be any number
                array_zyx = np.empty((len(slices), *image_yx.shape), dtype=np.float32)
            array_zyx[index] = image_yx
    if array_zyx is None:
        raise ValueError("no slices")
    return array_zyx


def _decode(slices: Sequence[StoredSlice]) -> Iterator[NDArray[np.float32]]:
    """Slices of one instance, in their order."""
    image = slices[0].instance
    try:
        if slices[0].frame_number is None:
            whole = _values(image, pixel_array(image), None)
            for stored in slices:
                yield _cut(whole, stored.tile)
            return
        numbers = [stored.frame_number or 1 for stored in slices]
        frames = iter_pixels(image, indices=[number - 1 for number in numbers])
        for number, frame in zip(numbers, frames, strict=True):
            yield _values(image, frame, number)
    except DECODER_FAILURES as error:
        # What others say of it may quote the header.
        told = str(error) if isinstance(error, PixelsError) else type(error).__name__
        raise _undecodable(image, told) from error


def _values(image: Dataset, decoded: NDArray[Any], frame_number: int | None) -> NDArray[np.float32]:
    if decoded.shape != (image.Rows, image.Columns):
        raise PixelsError(f"decoded to shape {decoded.shape}")
    scale = scale_of(image, frame_number)
    values: NDArray[np.float32] = as_stored(image, decoded).astype(np.float32)
    if scale != Scale():
        with np.errstate(over="ignore", invalid="ignore"):  # what comes of it is looked at below
            values *= np.float32(scale.slope)
            values += np.float32(scale.intercept)
    if not np.isfinite(values).all():
        raise PixelsError("values that are no numbers")
    return values


def _cut(whole: NDArray[np.float32], tile: Tile | None) -> NDArray[np.float32]:
    if tile is None:
        return whole
    return whole[tile.top : tile.top + tile.rows, tile.left : tile.left + tile.columns]


def _undecodable(dataset: Dataset, detail: str) -> PermanentError:
    number = dataset.get("InstanceNumber")
    parameters = {"instance_number": "?" if number is None else str(number)}
    return PermanentError(ErrorCode.UNDECODABLE_PIXELS, parameters, detail=detail)
