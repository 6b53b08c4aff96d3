"""The phantom as instances that hold many slices: Enhanced MR and Siemens mosaics."""

from __future__ import annotations

import math
import random
import struct
from collections.abc import Mapping, Sequence

import numpy as np
from builders.mr_series import SeriesPlan, build_series
from pydicom import Dataset
from pydicom.uid import EnhancedMRImageStorage

_MOVED = ("ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing", "EchoTime")


def enhanced_mr(
    plan: SeriesPlan,
    *,
    frame_tags: Sequence[Mapping[str, str]] = ({},),
    factors: Sequence[int] = (1, 2),
) -> Dataset:
    """One instance with the slices of the plan in shuffled order, once for each of `frame_tags`.

    These may name StackID and EchoTime; each volume is the plan's times its factor.
    """
    slices = build_series(plan, shuffled=False)
    volumes = zip(frame_tags, factors, strict=False)
    frames = [(tags, factor, one) for tags, factor in volumes for one in slices]
    random.Random(plan.seed).shuffle(frames)  # noqa: S311 - repeatable, not secret
    instance = Dataset()
    instance.file_meta = slices[0].file_meta
    instance.update({e.tag: e for e in slices[0] if e.keyword not in _MOVED})
    instance.SOPClassUID = EnhancedMRImageStorage
    instance.NumberOfFrames = len(frames)
    instance.SharedFunctionalGroupsSequence = [_shared(slices[0])]
    instance.PerFrameFunctionalGroupsSequence = [_frame(tags, one) for tags, _, one in frames]
    pixels = [np.frombuffer(one.PixelData, "<u2") * factor for _, factor, one in frames]
    instance.PixelData = np.concatenate(pixels).astype("<u2").tobytes()
    return instance


def _item(**tags: object) -> Dataset:
    item = Dataset()
    for keyword, value in tags.items():
        setattr(item, keyword, value)
    return item


def _shared(one: Dataset) -> Dataset:
    return _item(
        PlaneOrientationSequence=[_item(ImageOrientationPatient=one.ImageOrientationPatient)],
        PixelMeasuresSequence=[_item(PixelSpacing=one.PixelSpacing, SliceThickness="3")],
        PixelValueTransformationSequence=[
            _item(RescaleSlope="1", RescaleIntercept="0", RescaleType="US")
        ],
    )


def _frame(tags: Mapping[str, str], one: Dataset) -> Dataset:
    return _item(
        PlanePositionSequence=[_item(ImagePositionPatient=one.ImagePositionPatient)],
        FrameContentSequence=[_item(StackID=tags.get("StackID", "1"))],
        MREchoSequence=[_item(EffectiveEchoTime=float(tags.get("EchoTime", "2.98")))],
    )


def mosaic(plan: SeriesPlan, *, backwards: bool = False) -> Dataset:
    """All slices of the plan as tiles; `backwards` numbers them against row × column direction."""
    slices = build_series(plan, shuffled=False)
    if backwards:
        slices = slices[::-1]
    across = math.ceil(math.sqrt(len(slices)))
    _, rows, columns = plan.shape_zyx
    tiles = np.zeros((across * across, rows, columns), "<u2")
    for tile, one in zip(tiles, slices, strict=False):
        tile[:] = np.frombuffer(one.PixelData, "<u2").reshape(rows, columns)
    image = slices[0]
    image.ImageType = ["ORIGINAL", "PRIMARY", "M", "ND", "MOSAIC"]
    image.Rows, image.Columns = rows * across, columns * across
    rows_of_tiles = tiles.reshape(across, across, rows, columns).swapaxes(1, 2)
    image.PixelData = np.ascontiguousarray(rows_of_tiles).tobytes()
    # The scanner writes where the corner of a slice of the mosaic's size would lie.
    steps = plan.affine_zyx_to_lps[:3, :3]
    excess = np.array([0, rows * (across - 1) / 2, columns * (across - 1) / 2])
    corner = np.array(image.ImagePositionPatient, float) - steps @ excess
    image.ImagePositionPatient = [f"{part:.9f}"[:16] for part in corner]
    normal = steps[:, 0] / np.linalg.norm(steps[:, 0]) * (-1 if backwards else 1)
    header = csa_header(
        {
            "NumberOfImagesInMosaic": [str(len(slices))],
            "SliceNormalVector": [f"{part:.12f}" for part in normal],
        }
    )
    block = image.private_block(0x0029, "SIEMENS CSA HEADER", create=True)
    block.add_new(0x10, "OB", header)
    return image


def csa_header(fields: Mapping[str, Sequence[str]]) -> bytes:
    """In the form SV10, with the empty items that scanners write after the values."""
    parts = [b"SV10", b"\4\3\2\1", struct.pack("<II", len(fields), 77)]
    for name, values in fields.items():
        parts.append(struct.pack("<64si4siii", name.encode(), len(values), b"FD", 4, 6, 77))
        for value in [*values, *[""] * (6 - len(values))]:
            text = value.encode() + b"\0" if value else b""
            parts += [struct.pack("<4i", len(text), len(text), 77, len(text)), text]
            parts.append(bytes(-len(text) % 4))
    return b"".join(parts)
