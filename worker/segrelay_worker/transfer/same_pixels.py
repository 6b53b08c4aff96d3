from __future__ import annotations

import warnings
from io import BytesIO

import numpy as np
from pydicom import dcmread
from pydicom.config import disable_value_validation
from pydicom.pixels.utils import pixel_array


def same_pixels(file: bytes, other: bytes) -> bool:
    """Whether two DICOM files show the same, or say the same if they are reports.

    An archive may have recompressed one of them.
    """
    # Warnings may quote patient tags and would reach the log.
    with disable_value_validation(), warnings.catch_warnings(action="ignore"):
        first, second = dcmread(BytesIO(file)), dcmread(BytesIO(other))
        if "PixelData" not in first:
            return bool(first.get("ContentSequence") == second.get("ContentSequence"))
        if first.file_meta.TransferSyntaxUID == second.file_meta.TransferSyntaxUID:
            return bool(first.PixelData == second.PixelData)
        return np.array_equal(pixel_array(first), pixel_array(second))
