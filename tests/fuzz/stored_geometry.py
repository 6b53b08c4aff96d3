"""Whether a stored SEG lies where its sources lie; read from the bytes of both."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from fuzz.source_places import Place, place, source_places
from pydicom import Dataset, dcmread


def misplaced(seg_path: Path, files: Sequence[bytes]) -> str:
    """What is wrong, or nothing."""
    seg = dcmread(seg_path)
    places = source_places(files)
    for number, frame in enumerate(seg.PerFrameFunctionalGroupsSequence, start=1):
        source = frame.DerivationImageSequence[0].SourceImageSequence[0]
        name = (str(source.ReferencedSOPInstanceUID), source.get("ReferencedFrameNumber"))
        stored = _place(seg, frame)
        if not any(stored.is_at(known, seg.Rows, seg.Columns) for known in places.get(name, ())):
            return f"frame {number} does not lie where its source {name} lies"
    return ""


def _place(seg: Dataset, frame: Dataset) -> Place:
    shared = seg.SharedFunctionalGroupsSequence[0]
    return place(
        frame.PlanePositionSequence[0].ImagePositionPatient,
        shared.PlaneOrientationSequence[0].ImageOrientationPatient,
        shared.PixelMeasuresSequence[0].PixelSpacing,
    )
