from __future__ import annotations

import pytest
from pydicom import Dataset
from pydicom.config import disable_value_validation
from pydicom.dataelem import RawDataElement
from pydicom.tag import Tag

from segrelay_worker.series_volume.sound_elements import drop_unsound


def _image(keyword: str, vr: str, value: bytes | None) -> Dataset:
    image = Dataset()
    tag = Tag(keyword)
    image[tag] = RawDataElement(
        tag, vr, len(value or b""), value, 0, is_implicit_VR=False, is_little_endian=True
    )
    return image


@pytest.mark.parametrize(
    ("keyword", "vr", "value"),
    [
        ("SliceThickness", "DS", b"MR"),
        ("InstanceNumber", "IS", b"one "),
        ("Rows", "US", b"\x01"),
        ("FrameOfReferenceUID", "UI", b"1.2\\1.3 "),
        ("SOPClassUID", "UI", b"1\xe62.840"),
        ("Modality", "CS", b"MR\\CT "),
    ],
)
@pytest.mark.filterwarnings("ignore:The value length")
def test_what_holds_no_value_of_its_kind_is_as_good_as_absent(
    keyword: str, vr: str, value: bytes
) -> None:
    image = _image(keyword, vr, value)
    with disable_value_validation():
        drop_unsound(image)
    assert keyword not in image


@pytest.mark.parametrize(
    ("keyword", "vr", "value", "read"),
    [
        ("Modality", "DS", b"MR", "MR"),
        ("Rows", "XX", b"\x00\x01", 256),
        ("SeriesInstanceUID", "UN", b"1.2.03", "1.2.03"),
        ("InstanceNumber", "IS", b"", None),
        ("Modality", "XX", None, ""),
    ],
)
def test_an_element_is_read_as_the_dictionary_has_it(
    keyword: str, vr: str, value: bytes | None, read: object
) -> None:
    image = _image(keyword, vr, value)
    with disable_value_validation():
        drop_unsound(image)
    assert image[keyword].value == read


def test_frames_are_looked_through_as_well() -> None:
    image, shared = Dataset(), Dataset()
    shared.PixelMeasuresSequence = [_image("PixelSpacing", "DS", b"wide")]
    image.SharedFunctionalGroupsSequence = [shared]
    with disable_value_validation():
        drop_unsound(image)
    [shared] = image.SharedFunctionalGroupsSequence
    assert "PixelSpacing" not in shared.PixelMeasuresSequence[0]
