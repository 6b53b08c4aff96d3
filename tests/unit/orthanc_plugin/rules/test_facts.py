import pytest
from fakes.orthanc_module import mr_tags

from segrelay_plugin.rules.facts import SeriesFacts, facts_of

AXIAL = "1\\0\\0\\0\\1\\0"
SAGITTAL = "0\\1\\0\\0\\0\\-1"


def enhanced(*orientations: str, **header: object) -> dict[str, object]:
    frames = [
        {"PlaneOrientationSequence": [{"ImageOrientationPatient": text}]} for text in orientations
    ]
    return mr_tags(
        NumberOfFrames=str(len(frames)),
        PerFrameFunctionalGroupsSequence=frames,
        EchoTime=None,
        **header,
    )


def test_images_are_counted_by_frames_unless_somebody_says_how_many() -> None:
    assert facts_of([enhanced(AXIAL, AXIAL, AXIAL)]).images == 3
    assert facts_of([mr_tags(), mr_tags()]).images == 2
    assert facts_of([mr_tags()], count=24).images == 24


def test_the_plane_is_that_of_all_images() -> None:
    same = [mr_tags(ImageOrientationPatient=AXIAL), mr_tags(ImageOrientationPatient=AXIAL)]
    assert facts_of(same).value("plane") == "axial"
    mixed = [mr_tags(ImageOrientationPatient=AXIAL), mr_tags(ImageOrientationPatient=SAGITTAL)]
    assert facts_of(mixed).value("plane") == "mixed"
    assert facts_of([mr_tags()]).value("plane") is None


def test_the_plane_of_an_enhanced_image_is_that_of_its_frames() -> None:
    assert facts_of([enhanced(SAGITTAL, SAGITTAL)]).value("plane") == "sagittal"
    assert facts_of([enhanced(SAGITTAL, AXIAL)]).value("plane") == "mixed"
    shared = [{"PlaneOrientationSequence": [{"ImageOrientationPatient": AXIAL}]}]
    assert facts_of([enhanced(SharedFunctionalGroupsSequence=shared)]).value("plane") == "axial"


@pytest.mark.parametrize(("value", "expected"), [("3D", "3D"), ("2D", "2D"), (None, None)])
def test_the_dimension_is_what_the_scanner_says(value: str | None, expected: str | None) -> None:
    assert SeriesFacts(mr_tags(MRAcquisitionType=value), 1).value("dimension") == expected


@pytest.mark.parametrize("value", [None, "", " ", [{"a": "b"}]])
def test_what_holds_no_text_is_absent(value: object) -> None:
    assert SeriesFacts({"ScanOptions": value}, 1).value("ScanOptions") is None
