"""The same intensities stored in other ways (DICOM PS3.3 C.7.6.3.1 and C.11.1)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from pydicom import Dataset
from pydicom.valuerep import format_number_as_ds


@dataclass(frozen=True)
class PixelForm:
    """How numbers lie in a file: value = slope × stored + intercept."""

    allocated: int = 16
    bits: int = 16
    signed: bool = False
    slope: float = 1.0
    intercept: float = 0.0
    monochrome1: bool = False
    is_overlaid: bool = False  # something else in the bits above
    by_real_world_mapping: bool = False  # the rescaling says something else then


def store_as(images: Iterable[Dataset], form: PixelForm) -> list[Dataset]:
    """Images of 16 bits, changed in place; values that do not fit raise ValueError."""
    changed = list(images)
    for image in changed:
        _store(image, form)
    return changed


def _store(image: Dataset, form: PixelForm) -> None:
    values = np.frombuffer(image.PixelData, "<u2").astype(np.float64)
    stored = np.rint((values - form.intercept) / form.slope).astype(np.int64)
    least = -(2 ** (form.bits - 1)) if form.signed else 0
    if stored.min() < least or stored.max() >= least + 2**form.bits:
        raise ValueError("the values do not fit into the bits")
    if form.monochrome1:
        stored = 2 * least + 2**form.bits - 1 - stored
    if form.is_overlaid:
        stored = stored & (2**form.bits - 1) | 1 << form.allocated - 1
    raw = (stored & (2**form.allocated - 1)).astype(f"<u{form.allocated // 8}")
    image.BitsAllocated, image.BitsStored = form.allocated, form.bits
    image.HighBit = form.bits - 1
    image.PixelRepresentation = int(form.signed)
    image.PhotometricInterpretation = "MONOCHROME1" if form.monochrome1 else "MONOCHROME2"
    image.PixelData = raw.tobytes()
    image["PixelData"].VR = "OB" if form.allocated == 8 else "OW"
    _describe_scale(image, form)


def _describe_scale(image: Dataset, form: PixelForm) -> None:
    if form.by_real_world_mapping:
        image.RescaleSlope, image.RescaleIntercept = "7", "3"
        mapping = Dataset()
        mapping.RealWorldValueSlope = form.slope
        mapping.RealWorldValueIntercept = form.intercept
        image.RealWorldValueMappingSequence = [mapping]
    elif (form.slope, form.intercept) != (1.0, 0.0):
        image.RescaleSlope = format_number_as_ds(form.slope)
        image.RescaleIntercept = format_number_as_ds(form.intercept)
