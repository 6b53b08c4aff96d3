from typing import Any

import pytest
from fakes.orthanc_module import mr_tags

from segrelay_plugin.geometry import Geometry, geometry_as_json, geometry_of, geometry_view

AXIAL = r"1\0\0\0\1\0"


def image(z_mm: float, **changes: object) -> dict[str, object]:
    tags = {
        "Rows": "233",
        "Columns": "197",
        "PixelSpacing": r"0.5\0.75",
        "ImageOrientationPatient": AXIAL,
        "ImagePositionPatient": rf"-10\20\{z_mm}",
    }
    return mr_tags(**{**tags, **changes})


def enhanced(*, places_mm: tuple[float, ...]) -> dict[str, Any]:
    def item(**tags: str) -> list[dict[str, str]]:
        return [tags]

    shared = {
        "PlaneOrientationSequence": item(ImageOrientationPatient=AXIAL),
        "PixelMeasuresSequence": item(PixelSpacing=r"1\1"),
    }
    frames = [{"PlanePositionSequence": item(ImagePositionPatient=rf"0\0\{z}")} for z in places_mm]
    return mr_tags(
        NumberOfFrames=str(len(places_mm)),
        Rows="64",
        Columns="64",
        SharedFunctionalGroupsSequence=[shared],
        PerFrameFunctionalGroupsSequence=frames,
    )


def test_headers_say_how_the_volume_lies_and_how_large_it_is() -> None:
    assert geometry_of([image(2.4), image(0), image(1.2)]) == Geometry(
        plane="axial",
        images=3,
        slice_spacing_mm=1.2,
        pixel_spacing_mm=(0.5, 0.75),
        rows=233,
        columns=197,
    )


def test_slices_are_apart_along_their_normal() -> None:
    sagittal = r"0\1\0\0\0\-1"
    places = [
        image(0, ImageOrientationPatient=sagittal, ImagePositionPatient=rf"{x}\5\9")
        for x in (0, -3, -6)
    ]
    geometry = geometry_of(places)
    assert (geometry.plane, geometry.slice_spacing_mm) == ("sagittal", 3.0)


@pytest.mark.parametrize("places_mm", [(0, 2, 4, 8, 10), (0, 0, 2, 2, 4, 4)])
def test_neither_a_gap_nor_several_volumes_change_the_spacing(places_mm: tuple[float, ...]) -> None:
    assert geometry_of([image(z) for z in places_mm]).slice_spacing_mm == 2.0


def test_frames_of_enhanced_images_count_like_images() -> None:
    geometry = geometry_of([enhanced(places_mm=(0, 1.5, 3))])
    assert (geometry.images, geometry.slice_spacing_mm) == (3, 1.5)
    assert (geometry.plane, geometry.pixel_spacing_mm) == ("axial", (1.0, 1.0))


@pytest.mark.parametrize(
    "damage",
    [
        {"ImageOrientationPatient": None},
        {"ImageOrientationPatient": r"0\0\0\0\0\0"},
        {"ImagePositionPatient": "left"},
        {"ImagePositionPatient": r"1\2"},
        {"Rows": "many", "PixelSpacing": ""},
    ],
)
def test_what_is_damaged_is_left_out(damage: dict[str, Any]) -> None:
    geometry = geometry_of([image(0, **damage), image(1, **damage)])
    missing = geometry.rows if "Rows" in damage else geometry.slice_spacing_mm
    assert missing is None
    assert geometry.images == 2


@pytest.mark.parametrize("number", ["nan", "inf", "-inf", "1e999"])
def test_what_is_no_finite_number_is_damaged(number: str) -> None:
    images = [image(0, Rows=number, PixelSpacing=rf"{number}\1"), image(float(number))]
    geometry = geometry_of(images)
    assert (geometry.rows, geometry.pixel_spacing_mm, geometry.slice_spacing_mm) == (None,) * 3


def test_places_beyond_all_numbers_give_no_spacing() -> None:
    assert geometry_of([image(-1.7e308), image(1.7e308)]).slice_spacing_mm is None


def test_a_reader_is_shown_what_was_kept() -> None:
    view = geometry_view(geometry_as_json(geometry_of([image(0), image(1)])))
    assert view is not None
    assert (view["plane"], view["pixel_spacing_mm"]) == ("axial", [0.5, 0.75])


@pytest.mark.parametrize("text", ["", "{", "[]", "7", '{"rows":NaN}', '{"rows":1e999}'])
def test_metadata_that_somebody_overwrote_shows_no_geometry(text: str) -> None:
    assert geometry_view(text) is None
