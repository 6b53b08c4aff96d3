"""What a series can ask of `fakes.troubled_segmenter`, written into the corners of its images."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum

import numpy as np
from pydicom import Dataset


class Trouble(IntEnum):
    """The intensity that asks for it; far too dark to be marked."""

    NONE = 0
    HUNGRY = 11  # allocates until there is no memory left
    KILLED = 12  # is ended from outside, each time
    ABORTED_ONCE = 13  # a library gives up, at the first attempt
    HANGING = 14  # never comes back
    CANCELLED = 15  # takes until somebody cancels it


def with_trouble(images: Sequence[Dataset], trouble: Trouble) -> Sequence[Dataset]:
    """The corners lie outside of the head, whatever way round the model sees the volume."""
    for image in images:
        stored = np.frombuffer(image.PixelData, dtype="<u2").reshape(image.Rows, image.Columns)
        changed = stored.copy()
        changed[:: image.Rows - 1, :: image.Columns - 1] = trouble
        image.PixelData = changed.tobytes()
    return images
