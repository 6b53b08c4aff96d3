from __future__ import annotations

from pydicom import Dataset
from pydicom.tag import Tag

from segrelay_contract.series_rules.frames import FRAME_GROUPS, SHARED_GROUPS
from segrelay_worker.series_volume.stored_slice import StoredSlice

_OF_THE_SLICE = (
    "ImagePositionPatient",
    "ImageOrientationPatient",
    "PixelSpacing",
    "SliceThickness",
    "FrameOfReferenceUID",
)
_LEFT_OUT = {
    Tag(keyword)
    for keyword in (
        "PixelData",
        "FloatPixelData",
        "DoubleFloatPixelData",
        "NumberOfFrames",
        "Rows",
        "Columns",
        SHARED_GROUPS,
        FRAME_GROUPS,
        *_OF_THE_SLICE,  # set anew: the elements themselves are shared with the instance
    )
}


def classic_header(stored: StoredSlice) -> Dataset:
    """The header of one slice as that of a classic single-frame image (see SeriesVolume)."""
    if stored.frame_number is None and stored.tile is None and not stored.is_interpolated:
        return stored.instance
    instance = stored.instance
    # Of its own: pydicom's copy would share it with the instance, and its update looks at each.
    header = Dataset(
        {tag: instance.get_item(tag, keep_deferred=True) for tag in instance.keys() - _LEFT_OUT}
    )
    for keyword in _OF_THE_SLICE:
        if stored.tags.get(keyword):
            parts = stored.tags[keyword].split("\\")
            setattr(header, keyword, parts if len(parts) > 1 else parts[0])
    header.Rows, header.Columns = int(stored.tags["Rows"]), int(stored.tags["Columns"])
    return header
