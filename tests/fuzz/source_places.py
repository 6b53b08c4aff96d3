"""Where each image and frame of a series lies, read from its bytes with nothing of the worker's."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset, dcmread
from pydicom.datadict import dictionary_has_tag, dictionary_VR
from pydicom.dataelem import RawDataElement

Vector = NDArray[np.float64]
Name = tuple[str, int | None]  # SOP Instance UID, frame number


@dataclass(frozen=True)
class Place:
    """First voxel and the steps to the next row and column, mm in the patient (L, P, S)."""

    first_lps: Vector
    row_step_lps: Vector
    column_step_lps: Vector

    def is_at(self, other: Place, rows: int, columns: int) -> bool:
        """Within a tenth of a pixel at each corner."""
        limit_mm = 0.1 * min(
            np.linalg.norm(self.row_step_lps), np.linalg.norm(self.column_step_lps)
        )
        return all(
            np.linalg.norm(self._corner(down, right) - other._corner(down, right)) <= limit_mm
            for down in (0, rows - 1)
            for right in (0, columns - 1)
        )

    def _corner(self, down: int, right: int) -> Vector:
        return self.first_lps + down * self.row_step_lps + right * self.column_step_lps


def place(
    position: Sequence[float], orientation: Sequence[float], spacing: Sequence[float]
) -> Place:
    """As the headers have it (DICOM PS3.3 C.7.6.2.1.1)."""
    cosines = np.array(orientation, dtype=np.float64)
    return Place(
        np.array(position, dtype=np.float64), cosines[3:] * spacing[0], cosines[:3] * spacing[1]
    )


def source_places(files: Sequence[bytes]) -> Mapping[Name, list[Place]]:
    """Several for a name that two images have, or a mosaic of which each tile is a slice."""
    places: defaultdict[Name, list[Place]] = defaultdict(list)
    for file in files:
        # Of what cannot be read there is no place, and a SEG that lies on it is found out.
        with suppress(Exception):
            image = _read(file)
            for number, found in _places(image):
                places[str(image.SOPInstanceUID), number].append(found)
    return places


def _read(file: bytes) -> Dataset:
    """A damaged file may give an element a kind that it cannot have."""
    image = dcmread(BytesIO(file))
    for tag in list(image.keys()):
        raw = image.get_item(tag, keep_deferred=True)
        if isinstance(raw, RawDataElement) and dictionary_has_tag(tag):
            image[tag] = raw._replace(VR=dictionary_VR(tag))
    return image


def _places(image: Dataset) -> Iterator[tuple[int | None, Place]]:
    if "PerFrameFunctionalGroupsSequence" in image:
        yield from enumerate(_frames(image), start=1)
    elif "MOSAIC" in str(image.get("ImageType")):
        for tile in _tiles(image):
            yield None, tile
    else:
        yield (
            None,
            place(image.ImagePositionPatient, image.ImageOrientationPatient, image.PixelSpacing),
        )


def _frames(image: Dataset) -> Iterator[Place]:
    [shared] = image.SharedFunctionalGroupsSequence
    for frame in image.PerFrameFunctionalGroupsSequence:
        yield place(
            _item(frame, shared, "PlanePositionSequence").ImagePositionPatient,
            _item(frame, shared, "PlaneOrientationSequence").ImageOrientationPatient,
            _item(frame, shared, "PixelMeasuresSequence").PixelSpacing,
        )


def _item(frame: Dataset, shared: Dataset, sequence: str) -> Dataset:
    item: Dataset = (frame if sequence in frame else shared)[sequence].value[0]
    return item


def _tiles(image: Dataset) -> Iterator[Place]:
    """nibabel's array is [row, column, slice]; its affine leads to L, P, S, as DICOM has it."""
    from nibabel.nicom.dicomwrappers import MosaicWrapper  # noqa: PLC0415 - it warns at import

    row, column = np.reshape(image.ImageOrientationPatient, (2, 3))
    # It takes no direction that is not of length 1 to the last digit.
    unit = [*(row / np.linalg.norm(row)), *(column / np.linalg.norm(column))]
    image.ImageOrientationPatient = unit
    mosaic = MosaicWrapper(image)  # type: ignore[no-untyped-call]
    affine = mosaic.affine
    for number in range(int(mosaic.image_shape[2])):
        yield Place(affine[:3, 3] + number * affine[:3, 2], affine[:3, 0], affine[:3, 1])
