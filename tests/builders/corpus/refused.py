"""Series that are refused, each with the one reason that is told."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import replace
from pathlib import Path

from builders.corpus.case import PLAN, Images, Refused
from builders.corpus.several_volumes import several_volumes
from builders.many_slices_in_one import enhanced_mr, mosaic
from builders.mr_series import build_series
from pydicom import Dataset
from pydicom.encaps import encapsulate
from pydicom.uid import MPEG2MPML, JPEGLSLossless

from segrelay_contract.error_codes import ErrorCode

Change = Callable[[Dataset], None]


def _sorted() -> list[Dataset]:
    return build_series(PLAN, shuffled=False)


def _all(**tags: object) -> Callable[[], Images]:
    return lambda: build_series(PLAN, changes=tags)


def _one(**tags: object) -> Callable[[], Images]:
    def build() -> Images:
        images = build_series(PLAN)
        for keyword, value in tags.items():
            setattr(images[3], keyword, value)
        return images

    return build


def _without(keyword: str, *, only: int | None = None) -> Callable[[], Images]:
    def build() -> Images:
        images = build_series(PLAN)
        for place, image in enumerate(images):
            if only in (None, place):
                delattr(image, keyword)
        return images

    return build


def _left_out(*indices: int) -> Callable[[], Images]:
    return lambda: [image for index, image in enumerate(_sorted()) if index not in indices]


def _moved(*, mm: tuple[float, float, float], growing: bool) -> Callable[[], Images]:
    """One slice moved, or each further than the one before."""

    def build() -> Images:
        images = _sorted()
        for index, image in enumerate(images):
            times = index if growing else int(index == 4)
            position = zip(image.ImagePositionPatient, mm, strict=True)
            image.ImagePositionPatient = [float(part) + times * shift for part, shift in position]
        return images

    return build


def _three_planes() -> Images:
    return [
        image
        for seed, plane in enumerate(("axial", "sagittal", "coronal"))
        for image in _renamed(build_series(replace(PLAN, plane=plane))[:3], seed)  # type: ignore[arg-type]
    ]


def _like_a_book() -> Images:
    opened = replace(PLAN, directions=((1.0, 0.0, 0.0), (0.0, 0.8, 0.6)))
    return [*build_series(PLAN), *_renamed(build_series(opened), 1)]


def _renamed(images: list[Dataset], number: int) -> list[Dataset]:
    for image in images:
        image.SOPInstanceUID += f".{number}"
    return images


def _another_size() -> Images:
    wider = replace(PLAN, shape_zyx=(10, 22, 20))
    return [*build_series(PLAN)[:5], *_renamed(build_series(wider)[5:], 1)]


def _same_place() -> Images:
    images = build_series(PLAN)
    other = deepcopy(images[5])
    other.SOPInstanceUID += ".1"
    other.PixelData = images[6].PixelData
    return [*images, other]


def _blank() -> Images:
    images = build_series(PLAN)
    for image in images:
        image.PixelData = bytes(len(image.PixelData))
    return images


def _one_image(change: Change) -> Callable[[], Images]:
    def build() -> Images:
        images = _sorted()
        change(images[2])
        return images

    return build


def _short(image: Dataset) -> None:
    image.PixelData = image.PixelData[:-2]


def _no_pixels(image: Dataset) -> None:
    del image.PixelData


def _video(image: Dataset) -> None:
    image.file_meta.TransferSyntaxUID = MPEG2MPML
    image.PixelData = encapsulate([bytes(64)])


def _half_a_frame(image: Dataset) -> None:
    image.compress(JPEGLSLossless, generate_instance_uid=False)
    image.PixelData = image.PixelData[: len(image.PixelData) // 4 * 2]


def _coloured(image: Dataset) -> None:
    image.SamplesPerPixel, image.PhotometricInterpretation = 3, "RGB"
    image.PlanarConfiguration, image.PixelData = 0, image.PixelData * 3


def _to_nothing(image: Dataset) -> None:
    image.RescaleSlope, image.RescaleIntercept = "0", "7"


def _frames_without_places() -> Images:
    instance = enhanced_mr(PLAN)
    del instance.PerFrameFunctionalGroupsSequence
    return [instance]


def _frames_missing(*, places: set[int]) -> Images:
    instance = enhanced_mr(replace(PLAN, shuffled=False))
    frames = sorted(
        zip(instance.PerFrameFunctionalGroupsSequence, _frame_bytes(instance), strict=True),
        key=lambda frame: float(frame[0].PlanePositionSequence[0].ImagePositionPatient[2]),
    )
    kept = [frame for index, frame in enumerate(frames) if index not in places]
    instance.PerFrameFunctionalGroupsSequence = [groups for groups, _ in kept]
    instance.PixelData = b"".join(pixels for _, pixels in kept)
    instance.NumberOfFrames = len(kept)
    return [instance]


def _frame_bytes(instance: Dataset) -> list[bytes]:
    size = 2 * instance.Rows * instance.Columns
    pixels = instance.PixelData
    return [pixels[start : start + size] for start in range(0, len(pixels), size)]


def _mosaic_without_header() -> Images:
    image = mosaic(PLAN)
    del image[0x0029, 0x1010]
    return [image]


def _a_letter(folder: Path) -> None:
    (folder / "letter.txt").write_text("Dear colleague")


def _cut_off(folder: Path) -> None:
    path = folder / "IM0003"
    path.write_bytes(path.read_bytes()[:700])


def _emptied(folder: Path) -> None:
    for path in folder.iterdir():
        path.unlink()


_C = ErrorCode
_TWO_ECHOES = [{"EchoTime": "2.46"}, {"EchoTime": "7.38"}]
_MAGNITUDE_AND_PHASE = [{"ImageType": ["ORIGINAL", "PRIMARY", letter, "ND"]} for letter in "MP"]

REFUSED: Mapping[str, Refused] = {
    "a CT": Refused(_all(Modality="CT"), _C.WRONG_MODALITY, {"modality": "CT"}),
    "one image of another modality": Refused(
        _one(Modality="SC"), _C.WRONG_MODALITY, {"modality": "SC"}
    ),
    "a localizer of three planes": Refused(_three_planes, _C.LOCALIZER),
    "a localizer, as its scanner says": Refused(
        _all(ImageType=["ORIGINAL", "PRIMARY", "LOCALIZER"]), _C.LOCALIZER
    ),
    "slices like the pages of a book": Refused(_like_a_book, _C.MIXED_ORIENTATION, {"planes": 2}),
    "a single slice": Refused(lambda: _sorted()[:1], _C.SINGLE_SLICE),
    "a missing slice": Refused(_left_out(4), _C.MISSING_SLICES, {"count": 1, "after_mm": 18.0}),
    "missing slices": Refused(_left_out(2, 5, 6), _C.MISSING_SLICES, {"count": 3, "after_mm": 6.0}),
    "missing slices, more than may be interpolated": Refused(
        _left_out(2, 5), _C.MISSING_SLICES, {"count": 2}, interpolate=True
    ),
    "missing frames": Refused(
        lambda: _frames_missing(places={7}), _C.MISSING_SLICES, {"count": 1, "after_mm": 36.0}
    ),
    "a slice between": Refused(
        _moved(mm=(0.0, 0.0, 1.0), growing=False), _C.UNEVEN_SPACING, {"after_mm": 18.0}
    ),
    "a tilted gantry": Refused(_moved(mm=(0.0, 0.9, 0.0), growing=True), _C.SHEARED_SLICES),
    "another size": Refused(_another_size, _C.MIXED_SIZES),
    "another pixel spacing": Refused(_one(PixelSpacing=[4.0, 5.1]), _C.MIXED_SIZES),
    "no frame of reference": Refused(_without("FrameOfReferenceUID"), _C.NO_FRAME_OF_REFERENCE),
    "another frame of reference": Refused(
        _one(FrameOfReferenceUID="2.25.1"), _C.MIXED_FRAME_OF_REFERENCE
    ),
    "an image without a position": Refused(
        _without("ImagePositionPatient", only=3),
        _C.MISSING_GEOMETRY,
        {"keyword": "ImagePositionPatient", "count": 1},
    ),
    "no orientation": Refused(
        _without("ImageOrientationPatient"),
        _C.MISSING_GEOMETRY,
        {"keyword": "ImageOrientationPatient", "count": 10},
    ),
    "directions that are none": Refused(
        _all(ImageOrientationPatient=[0, 0, 0, 0, 0, 0]),
        _C.MISSING_GEOMETRY,
        {"keyword": "ImageOrientationPatient"},
    ),
    "no pixel spacing": Refused(
        _without("PixelSpacing"), _C.MISSING_GEOMETRY, {"keyword": "PixelSpacing"}
    ),
    "pixels of half a metre": Refused(
        _all(PixelSpacing=[500, 500]), _C.ABSURD_SPACING, {"spacing_mm": 500.0}
    ),
    "slices a metre apart": Refused(
        lambda: build_series(replace(PLAN, spacing_zyx_mm=(1000.0, 4.0, 5.0))),
        _C.ABSURD_SPACING,
        {"spacing_mm": 1000.0},
    ),
    "two images at one place": Refused(_same_place, _C.DUPLICATE_POSITION, {"count": 1}),
    "two echoes and no rule": Refused(
        lambda: several_volumes(PLAN, _TWO_ECHOES, wanted=0),
        _C.SEVERAL_VOLUMES,
        {"count": 2, "found": "echo_time 2.46, 7.38"},
    ),
    "magnitude and phase and no rule": Refused(
        lambda: several_volumes(PLAN, _MAGNITUDE_AND_PHASE, wanted=0),
        _C.SEVERAL_VOLUMES,
        {"count": 2, "found": "component magnitude, phase"},
    ),
    "two stacks and no rule": Refused(
        lambda: [enhanced_mr(PLAN, frame_tags=[{"StackID": "1"}, {"StackID": "2"}])],
        _C.SEVERAL_VOLUMES,
        {"count": 2, "found": "stack 1, 2"},
    ),
    "an echo that is not there": Refused(
        lambda: several_volumes(PLAN, _TWO_ECHOES, wanted=0),
        _C.WANTED_VOLUME_ABSENT,
        {"found": "echo_time 2.46, 7.38"},
        volume_rule={"echo_time": "30"},
    ),
    "frames that do not say where they lie": Refused(_frames_without_places, _C.MULTIFRAME_SERIES),
    "a mosaic without its private header": Refused(_mosaic_without_header, _C.UNREADABLE_MOSAIC),
    "nothing but zeros": Refused(_blank, _C.BLANK_IMAGES),
    "pixels that are cut off": Refused(
        _one_image(_short), _C.UNDECODABLE_PIXELS, {"instance_number": "3"}
    ),
    "no pixels": Refused(_one_image(_no_pixels), _C.UNDECODABLE_PIXELS, {"instance_number": "3"}),
    "half a compressed frame": Refused(
        _one_image(_half_a_frame), _C.UNDECODABLE_PIXELS, {"instance_number": "3"}
    ),
    "a video": Refused(_one_image(_video), _C.UNDECODABLE_PIXELS, {"instance_number": "3"}),
    "colours": Refused(_one_image(_coloured), _C.UNDECODABLE_PIXELS, {"instance_number": "3"}),
    "a rescaling to nothing": Refused(
        _one_image(_to_nothing), _C.UNDECODABLE_PIXELS, {"instance_number": "3"}
    ),
    "a file that is no DICOM": Refused(
        _sorted, _C.UNREADABLE_DICOM, {"count": 1}, damage=_a_letter
    ),
    "a file cut off in its header": Refused(
        _sorted, _C.UNREADABLE_DICOM, {"count": 1}, damage=_cut_off
    ),
    "no files": Refused(_sorted, _C.SERIES_GONE, damage=_emptied),
}
