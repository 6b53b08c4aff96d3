from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pydicom import Dataset

from segrelay_worker.series_volume.volume import SliceSource


@dataclass(frozen=True)
class Tile:
    """A slice's place in a mosaic, in pixels."""

    top: int
    left: int
    rows: int
    columns: int


@dataclass(frozen=True)
class StoredSlice:
    """One slice as it is stored, not decoded yet; `tags` is its row of classic header tags.

    An interpolated one was not stored: its instance is that of the slice before.
    """

    instance: Dataset
    tags: Mapping[str, str]
    frame_number: int | None = None  # from 1, in an instance of many frames
    tile: Tile | None = None
    is_interpolated: bool = False

    @property
    def source(self) -> SliceSource:
        """What a result refers to."""
        uids = (str(self.instance.get("SOPClassUID", "")), self.tags.get("SOPInstanceUID", ""))
        return SliceSource(*uids, self.frame_number, self.is_interpolated)
