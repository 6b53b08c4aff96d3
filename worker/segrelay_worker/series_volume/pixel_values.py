"""Stored numbers → values: sign, MONOCHROME1, rescaling, real-world mapping (PS3.3 C.11.1)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset

from segrelay_contract.series_rules.frames import FRAME_GROUPS, SHARED_GROUPS


class PixelsError(ValueError):
    """Pixels that were decoded cannot be used; its words are our own and quote no header."""


@dataclass(frozen=True)
class Scale:
    """value = slope × stored + intercept."""

    slope: float = 1.0
    intercept: float = 0.0


def scale_of(image: Dataset, frame_number: int | None) -> Scale:
    """The mapping to real-world values where one is given (Philips), else the rescaling.

    Raises PixelsError if it is no finite number or maps all to one value.
    """
    holders = list(_holders(image, frame_number))
    scale = _real_world(holders) or _rescale(holders) or Scale()
    if not np.isfinite([scale.slope, scale.intercept]).all() or scale.slope == 0:
        raise PixelsError("no usable rescale slope or intercept")
    return scale


def as_stored(image: Dataset, decoded: NDArray[Any]) -> NDArray[Any]:
    """Integers without what lies above their bits (old overlays), bright where the image is."""
    if decoded.dtype.kind == "f":
        return decoded
    bits, allocated = int(image.BitsStored), decoded.dtype.itemsize * 8
    if bits < allocated:
        spare = allocated - bits
        decoded = decoded << spare >> spare  # of a signed type, this copies the sign downwards
    if image.get("PhotometricInterpretation") != "MONOCHROME1":
        return decoded
    return ~decoded if decoded.dtype.kind == "i" else (2**bits - 1) - decoded


def _holders(image: Dataset, frame_number: int | None) -> Iterator[Dataset]:
    """Where a frame's mapping may stand, the nearest first."""
    if frame_number is not None:
        yield image[FRAME_GROUPS].value[frame_number - 1]
        yield from image.get(SHARED_GROUPS) or []
    yield image


def _real_world(holders: Sequence[Dataset]) -> Scale | None:
    """None unless it is one straight line for all stored values."""
    for holder in holders:
        lines = [
            Scale(float(item.RealWorldValueSlope), float(item.RealWorldValueIntercept))
            for item in holder.get("RealWorldValueMappingSequence") or []
            if "RealWorldValueSlope" in item and "RealWorldValueIntercept" in item
        ]
        if len(set(lines)) == 1:
            return lines[0]
    return None


def _rescale(holders: Sequence[Dataset]) -> Scale | None:
    for holder in holders:
        for item in (*(holder.get("PixelValueTransformationSequence") or []), holder):
            if item.get("RescaleSlope") is not None or item.get("RescaleIntercept") is not None:
                slope, intercept = item.get("RescaleSlope"), item.get("RescaleIntercept")
                return Scale(
                    1.0 if slope in (None, "") else float(slope),
                    0.0 if intercept in (None, "") else float(intercept),
                )
    return None
