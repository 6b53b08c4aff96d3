"""Series of the phantom with faults that no scanner means: the same seed, the same bytes."""

from __future__ import annotations

import random
import struct
import zlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from io import BytesIO
from typing import Any

from builders.many_slices_in_one import enhanced_mr, mosaic
from builders.mr_series import Plane, SeriesPlan, build_series
from pydicom import Dataset, dcmread
from pydicom.config import disable_value_validation
from pydicom.dataelem import RawDataElement
from pydicom.errors import BytesLengthException
from pydicom.tag import BaseTag, Tag
from pydicom.uid import UID, JPEG2000Lossless, JPEGLSLossless, RLELossless

Files = list[bytes]
Mutation = Callable[[random.Random, Files], Files]

# What pydicom raises on images that it can neither read nor write any more.
UNREADABLE = (
    AttributeError,
    LookupError,
    NotImplementedError,
    OSError,
    RuntimeError,
    TypeError,
    ValueError,
    struct.error,
    zlib.error,
    BytesLengthException,
)

# Coarse, so that a series takes milliseconds; the head and its lesion are still in it.
PLAN = SeriesPlan(shape_zyx=(6, 32, 36), spacing_zyx_mm=(8.0, 3.0, 2.5))

_PLANES: tuple[Plane, ...] = ("axial", "sagittal", "oblique")
_PIXELS: Mapping[str, dict[str, Any]] = {
    "rescaled": {"rescale": (2.0, 0.0)},
    "signed": {"signed": True, "rescale": (0.5, -20.0)},
}
_PACKERS = {
    "rle": (RLELossless, "pydicom"),
    "jpeg_ls": (JPEGLSLossless, "pyjpegls"),
    "jpeg_2000": (JPEG2000Lossless, "pylibjpeg"),
}
_FORMS = ("classic", "classic", "classic", *_PIXELS, *_PACKERS, "enhanced", "mosaic", "mosaic")
_NUMBERS = (
    "Rows",
    "Columns",
    "BitsAllocated",
    "BitsStored",
    "HighBit",
    "PixelRepresentation",
    "SamplesPerPixel",
    "PlanarConfiguration",
)
_TEXTS = (
    "ImagePositionPatient",
    "ImageOrientationPatient",
    "PixelSpacing",
    "SliceThickness",
    "SpacingBetweenSlices",
    "RescaleSlope",
    "RescaleIntercept",
    "InstanceNumber",
    "NumberOfFrames",
    "EchoTime",
    "FrameOfReferenceUID",
    "SOPInstanceUID",
    "SOPClassUID",
    "SeriesInstanceUID",
    "StudyInstanceUID",
    "ImageType",
    "Modality",
    "PhotometricInterpretation",
    "SpecificCharacterSet",
    "SeriesNumber",
    "TimezoneOffsetFromUTC",
    "StudyDate",
    "PatientName",
)
_ODD_NUMBERS = (0, 1, 2, 7, 8, 12, 16, 17, 32, 255, 4096, 65535)
_ODD_TEXTS = (
    "", " ", "0", "-1", "1", "2", "7", "1000000", "99999999999999999999", "1e300", "-1e-300",
    "nan", "inf", "1\\0\\0\\0\\1\\0", "1\\0\\0\\1\\0\\0", "0\\0\\0\\0\\0\\0", "nan\\0\\0", "1\\2",
    "1e300\\0\\0", "MR", "CT", "MONOCHROME1", "RGB", "MOSAIC", "ORIGINAL\\PRIMARY\\M\\MOSAIC",
    "LOCALIZER", "ISO_IR 192", "\\ISO 2022 IR 149", "no such set", "1.2.840.10008.5.1.4.1.1.4.1",
    "1.2.3", "+0900", "\u00e9", "x" * 70,
)  # fmt: skip
_SYNTAXES = (
    "1.2.840.10008.1.2",
    "1.2.840.10008.1.2.1.99",
    "1.2.840.10008.1.2.2",
    "1.2.840.10008.1.2.5",
    "1.2.840.10008.1.2.4.50",
    "1.2.840.10008.1.2.4.70",
    "1.2.840.10008.1.2.4.80",
    "1.2.840.10008.1.2.4.90",
    "1.2.840.10008.1.2.4.201",
    "1.2.3.4",
)


def mutated_series(seed: int) -> Files:
    """The files of one series, one to three faults in it."""
    draw = random.Random(seed)  # noqa: S311 - repeatable, not secret
    with disable_value_validation():
        files = list(_sound(draw.choice(_PLANES), draw.choice(_FORMS), draw.randrange(2)))
        for _ in range(draw.choice((1, 1, 1, 2, 3))):
            files = _mutated(draw, files)
    return files


def _mutated(draw: random.Random, files: Files) -> Files:
    try:
        return draw.choice(MUTATIONS)(draw, files)
    except UNREADABLE:  # after another fault; one is enough then
        return files


@cache
def _sound(plane: Plane, form: str, seed: int) -> tuple[bytes, ...]:
    plan = replace(PLAN, plane=plane, seed=seed, **_PIXELS.get(form, {}))
    if form == "enhanced":
        return (_bytes(enhanced_mr(plan)),)
    if form == "mosaic":
        return (_bytes(mosaic(plan)),)
    images = build_series(plan)
    if form in _PACKERS:
        syntax, plugin = _PACKERS[form]
        for image in images:
            image.compress(syntax, generate_instance_uid=False, encoding_plugin=plugin)
    return tuple(_bytes(image) for image in images)


def _flip_bytes(draw: random.Random, files: Files) -> Files:
    def flipped(file: bytes) -> bytes:
        changed = bytearray(file)
        for _ in range(draw.choice((1, 2, 4, 16))):
            changed[draw.randrange(128, len(changed))] = draw.randrange(256)
        return bytes(changed)

    return _in_one(draw, files, flipped)


def _flip_a_bit_in_the_header(draw: random.Random, files: Files) -> Files:
    def flipped(file: bytes) -> bytes:
        changed = bytearray(file)
        changed[draw.randrange(132, min(len(changed), 1500))] ^= 1 << draw.randrange(8)
        return bytes(changed)

    return _in_one(draw, files, flipped)


def _truncate(draw: random.Random, files: Files) -> Files:
    return _in_one(draw, files, lambda file: file[: draw.randrange(len(file))])


def _insert(draw: random.Random, files: Files) -> Files:
    def inserted(file: bytes) -> bytes:
        place = draw.randrange(132, len(file))
        return file[:place] + draw.randbytes(draw.choice((1, 2, 8, 100))) + file[place:]

    return _in_one(draw, files, inserted)


def _change_a_length(draw: random.Random, files: Files) -> Files:
    def changed(file: bytes) -> bytes:
        image = _read(file)
        places = [
            element.value_tell
            for element in image.values()
            if isinstance(element, RawDataElement) and element.value_tell
        ]
        if not places:
            return file
        place = draw.choice(places)
        if draw.random() < 0.5:
            odd = struct.pack("<H", draw.choice((0, 1, 3, 63, 255, 65535)))
        else:
            odd = struct.pack("<I", draw.choice((0, 1, 3, 2**16, 2**31, 2**32 - 2, 2**32 - 1)))
        return file[: place - len(odd)] + odd + file[place:]

    return _in_one(draw, files, changed)


def _drop_a_tag(draw: random.Random, files: Files) -> Files:
    tags = list(_read(files[0]).keys())
    if not tags:
        return files
    tag = draw.choice(tags)
    return _in_some(draw, files, lambda image: image.pop(tag, None))


def _swap_values(draw: random.Random, files: Files) -> Files:
    """Between two instances; with itself where there is only one."""
    a, b = draw.randrange(len(files)), draw.randrange(len(files))
    one, other = _read(files[a]), _read(files[b])
    shared = sorted(one.keys() & other.keys())
    if not shared:
        return files
    for tag in draw.sample(shared, min(len(shared), draw.choice((1, 2, 5)))):
        one[tag], other[tag] = other.get_item(tag), one.get_item(tag)
    return [
        _bytes(one) if index == a else _bytes(other) if index == b else file
        for index, file in enumerate(files)
    ]


def _lie_in_a_number(draw: random.Random, files: Files) -> Files:
    keyword, value = draw.choice(_NUMBERS), draw.choice(_ODD_NUMBERS)
    return _set(draw, files, Tag(keyword), "US", struct.pack("<H", value))


def _lie_in_a_text(draw: random.Random, files: Files) -> Files:
    keyword, value = draw.choice(_TEXTS), draw.choice(_ODD_TEXTS)
    return _set(draw, files, Tag(keyword), "DS", value.encode())


def _lie_about_frames(draw: random.Random, files: Files) -> Files:
    count = draw.choice(("0", "-1", "1", "2", "5", "7", "12", "100000", "4294967296", "x", ""))
    return _set(draw, files, Tag("NumberOfFrames"), "IS", count.encode())


def _lie_about_the_syntax(draw: random.Random, files: Files) -> Files:
    syntax = UID(draw.choice(_SYNTAXES))

    def relabelled(file: bytes) -> bytes:
        image = _read(file)
        was = str(getattr(image.file_meta, "TransferSyntaxUID", "")).encode()
        return file.replace(was, syntax.encode()[: len(was)].ljust(len(was), b"\0"), 1)

    return [relabelled(file) for file in files]


def _change_a_frame(draw: random.Random, files: Files) -> Files:
    """What one frame of an Enhanced MR says of itself."""

    def changed(image: Dataset) -> None:
        frames = image.get("PerFrameFunctionalGroupsSequence")
        if not frames:
            return
        at = draw.randrange(len(frames))
        act = draw.randrange(3)
        if act == 0:
            del frames[at]
        elif act == 1:
            frames.append(frames[at])
        else:
            frames[at].pop(draw.choice(list(frames[at].keys())), None)

    return _in_some(draw, files, changed)


def _lose_a_file(draw: random.Random, files: Files) -> Files:
    at = draw.randrange(len(files))
    return files[:at] + files[at + 1 :] or files


def _repeat_a_file(draw: random.Random, files: Files) -> Files:
    copy = _read(draw.choice(files))
    if draw.random() < 0.7:
        copy.SOPInstanceUID = "2.25.777"
    if draw.random() < 0.3:
        copy.pop(Tag("InstanceNumber"), None)
    return [*files, _bytes(copy)]


def _add_garbage(draw: random.Random, files: Files) -> Files:
    return [
        *files,
        draw.choice((b"", draw.randbytes(300), bytes(128) + b"DICM" + draw.randbytes(90))),
    ]


MUTATIONS: tuple[Mutation, ...] = (
    _flip_bytes,
    _flip_a_bit_in_the_header,
    _flip_a_bit_in_the_header,
    _truncate,
    _insert,
    _change_a_length,
    _drop_a_tag,
    _swap_values,
    _swap_values,
    _lie_in_a_number,
    _lie_in_a_text,
    _lie_in_a_text,
    _lie_about_frames,
    _lie_about_the_syntax,
    _change_a_frame,
    _lose_a_file,
    _repeat_a_file,
    _add_garbage,
)


def _in_one(draw: random.Random, files: Files, change: Callable[[bytes], bytes]) -> Files:
    at = draw.randrange(len(files))
    return [
        change(file) if index == at and len(file) > 140 else file
        for index, file in enumerate(files)
    ]


def _in_some(draw: random.Random, files: Files, change: Callable[[Dataset], object]) -> Files:
    """In one file, or in all."""
    at = draw.randrange(len(files)) if draw.random() < 0.5 else None
    changed = []
    for index, file in enumerate(files):
        if at not in {None, index}:
            changed.append(file)
            continue
        image = _read(file)
        change(image)
        changed.append(_bytes(image))
    return changed


def _set(draw: random.Random, files: Files, tag: BaseTag, vr: str, value: bytes) -> Files:
    """Bytes that need not be a value of their kind."""
    padded = value + b" " * (len(value) % 2)
    element = RawDataElement(
        tag, vr, len(padded), padded, 0, is_implicit_VR=False, is_little_endian=True
    )

    def put(image: Dataset) -> None:
        image[tag] = element

    return _in_some(draw, files, put)


def _read(file: bytes) -> Dataset:
    return dcmread(BytesIO(file), force=True)


def _bytes(image: Dataset) -> bytes:
    buffer = BytesIO()
    image.save_as(buffer, enforce_file_format=True)
    return buffer.getvalue()
