"""Series that are understood, each with the plan that it must become."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import replace

import numpy as np
from builders.corpus.case import PLAN, Images, Understood
from builders.corpus.several_volumes import repeated_in_time, several_volumes
from builders.many_slices_in_one import enhanced_mr, mosaic
from builders.mr_series import PLANES, Plane, SeriesPlan, Vector, build_series
from builders.pixel_form import PixelForm, store_as
from pydicom import Dataset
from pydicom.uid import (
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGLSLossless,
    RLELossless,
)

from segrelay_contract.warning_codes import WarningCode

STEEP = (0.6, 0.8, 0.0), (-0.64, 0.48, 0.6)
TURNED: Mapping[str, tuple[Vector, Vector]] = {
    "axial, feet first and face down": ((-1, 0, 0), (0, 1, 0)),
    "axial, turned by half": ((-1, 0, 0), (0, -1, 0)),
    "axial, rows and columns exchanged": ((0, 1, 0), (1, 0, 0)),
    "sagittal, from the other side": ((0, -1, 0), (0, 0, -1)),
    "sagittal, upside down": ((0, 1, 0), (0, 0, 1)),
    "coronal, from behind": ((-1, 0, 0), (0, 0, -1)),
    "far from every plane": STEEP,
}
FORMS: Mapping[str, PixelForm] = {
    "signed": PixelForm(signed=True),
    "signed, below zero": PixelForm(signed=True, intercept=400.0),
    "twelve bits": PixelForm(bits=12),
    "twelve bits, signed": PixelForm(bits=12, signed=True, intercept=300.0),
    "twelve bits under an old overlay": PixelForm(bits=12, is_overlaid=True),
    "signed bits under an old overlay": PixelForm(
        bits=12, signed=True, intercept=300.0, is_overlaid=True
    ),
    "eight bits": PixelForm(allocated=8, bits=8, slope=4.0),
    "thirty-two bits": PixelForm(allocated=32, bits=32),
    "rescaled": PixelForm(slope=0.5, intercept=-100.0),
    "rescaled by a crooked slope": PixelForm(slope=0.123456789, intercept=-50.0),
    "MONOCHROME1": PixelForm(monochrome1=True),
    "MONOCHROME1, twelve bits": PixelForm(bits=12, monochrome1=True),
    "MONOCHROME1, signed": PixelForm(bits=12, signed=True, intercept=300.0, monochrome1=True),
    "mapped to real-world values": PixelForm(slope=0.25, by_real_world_mapping=True),
}
SYNTAXES = (
    ImplicitVRLittleEndian,
    ExplicitVRBigEndian,
    DeflatedExplicitVRLittleEndian,
    RLELossless,
    JPEGLSLossless,
    JPEG2000Lossless,
)
GRIDS: Mapping[str, SeriesPlan] = {
    "two slices": SeriesPlan(shape_zyx=(2, 22, 18), spacing_zyx_mm=(14.0, 4.0, 5.0)),
    "sixty thin slices": SeriesPlan(shape_zyx=(60, 12, 16), spacing_zyx_mm=(1.0, 7.5, 5.5)),
    "long pixels": SeriesPlan(shape_zyx=(10, 40, 9), spacing_zyx_mm=(6.0, 2.0, 9.0)),
    "far from the magnet's centre, hair-thin gaps between numbers": SeriesPlan(
        plane="oblique", shape_zyx=(9, 22, 18), spacing_zyx_mm=(6.1234567, 4.0, 5.0)
    ),
}
# The tags of each volume, which one has the lesion, and the rule that finds it.
SEVERAL: Mapping[str, tuple[list[dict[str, object]], int, dict[str, str]]] = {
    "the first echo": (
        [{"EchoTime": "2.46"}, {"EchoTime": "7.38"}],
        0,
        {"echo_time": "first"},
    ),
    "an echo by its time": (
        [{"EchoTime": "2.46"}, {"EchoTime": "7.380"}],
        1,
        {"echo_time": "7.38"},
    ),
    "the magnitude": (
        [{"ImageType": ["ORIGINAL", "PRIMARY", letter, "ND"]} for letter in "MP"],
        0,
        {"component": "magnitude"},
    ),
    "the phase of Philips": (
        [{"ImageType": ["ORIGINAL", "PRIMARY", text, "M", "FFE"]} for text in ("M_FFE", "PHASE")],
        1,
        {"component": "phase"},
    ),
    "the image without diffusion": (
        [{"DiffusionBValue": 1000.0}, {"DiffusionBValue": 0.0}],
        1,
        {"b_value": "first"},
    ),
    "the last repeat": (
        [{"AcquisitionNumber": 2}, {"AcquisitionNumber": 10}],
        1,
        {"acquisition": "last"},
    ),
    "the second dynamic": (
        [{"TemporalPositionIdentifier": number} for number in (1, 2, 3)],
        1,
        {"phase": "2"},
    ),
    "an inversion time": (
        [{"InversionTime": "700"}, {"InversionTime": "2500"}],
        1,
        {"inversion_time": "last"},
    ),
    "a flip angle": ([{"FlipAngle": "4"}, {"FlipAngle": "20"}], 0, {"flip_angle": "4"}),
    "one of echo and component": (
        [
            {"EchoTime": time, "ImageType": ["ORIGINAL", "PRIMARY", letter, "ND"]}
            for time in ("3", "8")
            for letter in "MP"
        ],
        2,
        {"component": "magnitude", "echo_time": "last"},
    ),
}


def _series(plan: SeriesPlan = PLAN, **changes: object) -> Callable[[], Images]:
    return lambda: build_series(plan, **changes)


def _in_form(form: PixelForm) -> Callable[[], Images]:
    return lambda: store_as(build_series(PLAN), form)


def _packed(syntax: UID) -> Images:
    images = build_series(replace(PLAN, shape_zyx=(10, 44, 36), spacing_zyx_mm=(6.0, 2.0, 2.5)))
    for image in images:
        if syntax.is_encapsulated and syntax.is_compressed and not syntax.is_deflated:
            image.compress(syntax, generate_instance_uid=False)
            continue
        image.file_meta.TransferSyntaxUID = syntax
        if syntax == ExplicitVRBigEndian:
            pixels = np.frombuffer(image.PixelData, "<u2")
            image.PixelData = pixels.astype(">u2").tobytes()
    return images


def _each(change: Callable[[int, Dataset], None], plan: SeriesPlan = PLAN) -> Images:
    images = build_series(plan)
    for place, image in enumerate(images):
        change(place, image)
    return images


def _rounded_position(_place: int, image: Dataset) -> None:
    image.ImagePositionPatient = [f"{float(part):.2f}" for part in image.ImagePositionPatient]


def _rounded_direction(_place: int, image: Dataset) -> None:
    image.ImageOrientationPatient = [f"{float(p):.6f}" for p in image.ImageOrientationPatient]


def _numbered_alike(_place: int, image: Dataset) -> None:
    image.InstanceNumber = 1


def _not_numbered(_place: int, image: Dataset) -> None:
    del image.InstanceNumber


def _own_times(place: int, image: Dataset) -> None:
    image.AcquisitionTime = image.ContentTime = f"10{place:02d}00"
    image.EchoTime, image.TriggerTime = f"2.{place}", f"{place}"


def _with_copies(*, uid_suffix: str) -> Images:
    images = build_series(PLAN)
    for index in (1, 5):
        again = deepcopy(images[index])
        again.SOPInstanceUID += uid_suffix
        images.append(again)
    return images


def _packed_frames() -> Images:
    instance = enhanced_mr(replace(PLAN, shape_zyx=(10, 44, 36), spacing_zyx_mm=(6.0, 2.0, 2.5)))
    instance.compress(JPEGLSLossless, generate_instance_uid=False)
    return [instance]


def _frames_with_mapping() -> Images:
    """Philips: the display's rescaling in one place, the true one in another."""
    instance = enhanced_mr(PLAN)
    pixels = np.frombuffer(instance.PixelData, "<u2")
    instance.PixelData = (pixels * 4).astype("<u2").tobytes()
    for frame in instance.PerFrameFunctionalGroupsSequence:
        mapping = Dataset()
        mapping.RealWorldValueSlope, mapping.RealWorldValueIntercept = 0.25, 0.0
        frame.RealWorldValueMappingSequence = [mapping]
    return [instance]


def _mosaics(*, wanted: int) -> Images:
    images = []
    for number in range(2):
        image = mosaic(replace(PLAN, lesion=number == wanted))
        image.SOPInstanceUID += f".{number}"
        image.AcquisitionNumber = number + 1
        images.append(image)
    return images[::-1]


def _two_in_frames(keyword: str) -> Callable[[], Images]:
    return lambda: [enhanced_mr(PLAN, frame_tags=[{keyword: "1"}, {keyword: "2"}], factors=(3, 1))]


def _left_out(plan: SeriesPlan, index: int) -> Images:
    uid = plan.uid(4, index + 1)
    return [image for image in build_series(plan) if uid != image.SOPInstanceUID]


def _frame_left_out() -> Images:
    """The mean of its neighbours is right where the lesion is the same in both."""
    instance = enhanced_mr(THIN_SLICES)
    place = float(THIN_SLICES.affine_zyx_to_lps[2] @ [14, 0, 0, 1])
    frames = instance.PerFrameFunctionalGroupsSequence
    size = 2 * instance.Rows * instance.Columns
    [left_out] = [
        number
        for number, frame in enumerate(frames)
        if abs(float(frame.PlanePositionSequence[0].ImagePositionPatient[2]) - place) < 1
    ]
    del frames[left_out]
    pixels = instance.PixelData
    instance.PixelData = pixels[: size * left_out] + pixels[size * (left_out + 1) :]
    instance.NumberOfFrames = len(frames)
    return [instance]


def _plane(plane: Plane) -> SeriesPlan:
    return replace(PLAN, plane=plane)


THIN_SLICES = replace(PLAN, shape_zyx=(20, 22, 18), spacing_zyx_mm=(3.0, 4.0, 5.0))
FINE_IN_PLANE = replace(PLAN, shape_zyx=(10, 44, 36), spacing_zyx_mm=(6.0, 2.0, 2.5))

UNDERSTOOD: Mapping[str, Understood] = {
    **{plane: Understood(_series(_plane(plane)), _plane(plane)) for plane in PLANES},
    **{
        name: Understood(
            _series(replace(PLAN, directions=turned)), replace(PLAN, directions=turned)
        )
        for name, turned in TURNED.items()
    },
    **{name: Understood(_series(plan), plan) for name, plan in GRIDS.items()},
    **{name: Understood(_in_form(form)) for name, form in FORMS.items()},
    **{
        syntax.name: Understood(lambda syntax=syntax: _packed(syntax), FINE_IN_PLANE)  # type: ignore[misc]
        for syntax in SYNTAXES
    },
    **{
        name: Understood(
            lambda tags=tags, wanted=wanted: several_volumes(PLAN, tags, wanted=wanted),  # type: ignore[misc]
            volume_rule=rule,
        )
        for name, (tags, wanted, rule) in SEVERAL.items()
    },
    "files in the order of their slices": Understood(_series(shuffled=False)),
    "all images of one number": Understood(lambda: _each(_numbered_alike)),
    "images without numbers": Understood(lambda: _each(_not_numbered)),
    "tags that differ from slice to slice": Understood(lambda: _each(_own_times)),
    "positions with two decimals": Understood(
        lambda: _each(_rounded_position, _plane("oblique")), _plane("oblique")
    ),
    "directions with six decimals": Understood(
        lambda: _each(_rounded_direction, _plane("oblique")), _plane("oblique")
    ),
    "two images sent twice": Understood(
        lambda: _with_copies(uid_suffix=""), warnings=(WarningCode.COPIES_DROPPED,)
    ),
    "two images sent twice under new names": Understood(
        lambda: _with_copies(uid_suffix=".9"), warnings=(WarningCode.COPIES_DROPPED,)
    ),
    "the later of repeats that only time tells apart": Understood(
        lambda: repeated_in_time(PLAN, wanted=1), volume_rule={"time": "last"}
    ),
    "a missing slice that the model lets be interpolated": Understood(
        lambda: _left_out(THIN_SLICES, 14),
        THIN_SLICES,
        interpolate=True,
        warnings=(WarningCode.SLICE_INTERPOLATED,),
    ),
    "a missing frame that the model lets be interpolated": Understood(
        _frame_left_out, THIN_SLICES, interpolate=True, warnings=(WarningCode.SLICE_INTERPOLATED,)
    ),
    "nothing to be found": Understood(_series(lesion=False), replace(PLAN, lesion=False)),
    "Enhanced MR": Understood(lambda: [enhanced_mr(PLAN)]),
    "Enhanced MR, oblique": Understood(lambda: [enhanced_mr(_plane("oblique"))], _plane("oblique")),
    "Enhanced MR, compressed": Understood(_packed_frames, FINE_IN_PLANE),
    "Enhanced MR, mapped to real-world values": Understood(_frames_with_mapping),
    "one of two stacks": Understood(_two_in_frames("StackID"), volume_rule={"stack": "2"}),
    "one of two echoes in frames": Understood(
        _two_in_frames("EchoTime"), volume_rule={"echo_time": "last"}
    ),
    "a mosaic": Understood(lambda: [mosaic(PLAN)]),
    "a mosaic, oblique": Understood(lambda: [mosaic(_plane("oblique"))], _plane("oblique")),
    "a mosaic that counts backwards": Understood(lambda: [mosaic(PLAN, backwards=True)]),
    "the first of two mosaics": Understood(
        lambda: _mosaics(wanted=0), volume_rule={"acquisition": "first"}
    ),
}
