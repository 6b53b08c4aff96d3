"""One slice that is missing between two others, where the model package allows it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from segrelay_contract.series_rules.headers import SliceHeader, positions_of
from segrelay_worker.series_volume.stored_slice import StoredSlice


def with_interpolated(
    slices: tuple[StoredSlice, ...], *, after: int | None
) -> tuple[StoredSlice, ...]:
    """The slices in their order, with one more behind the one at `after`; None adds none."""
    if after is None:
        return slices
    return (*slices[: after + 1], _between(*slices[after : after + 2]), *slices[after + 1 :])


def _between(before: StoredSlice, behind: StoredSlice) -> StoredSlice:
    ends_mm = positions_of([SliceHeader.from_tags(one.tags) for one in (before, behind)])
    middle_mm = (sum(parts) / 2 for parts in zip(*ends_mm, strict=True))
    position = "\\".join(f"{part:.9g}" for part in middle_mm)
    tags = {**before.tags, "ImagePositionPatient": position}
    return replace(before, tags=tags, is_interpolated=True)


def fill_interpolated(array_zyx: NDArray[np.float32], slices: Sequence[StoredSlice]) -> None:
    """Puts the mean of its neighbours where a slice was decoded from another one's pixels."""
    for index, one in enumerate(slices):
        if one.is_interpolated:
            array_zyx[index] = (array_zyx[index - 1] + array_zyx[index + 1]) / 2


def distance_mm(first: SliceHeader, other: SliceHeader) -> float:
    """From the first voxel of one slice to that of another one above it."""
    return math.dist(*positions_of([first, other]))
