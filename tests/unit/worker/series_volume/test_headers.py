from __future__ import annotations

from builders.mr_series import SeriesPlan, build_series
from pydicom import Dataset
from pydicom.dataelem import RawDataElement
from pydicom.tag import Tag

from segrelay_contract.series_rules.headers import SliceHeader
from segrelay_worker.series_volume.headers import header_row


def test_a_header_row_has_the_archives_text_form_and_no_patient() -> None:
    row = header_row(build_series(SeriesPlan(plane="axial"), shuffled=False)[0])
    assert row["Modality"] == "MR"
    assert row["Rows"] == "44"
    assert row["PixelSpacing"] == "2.000000000\\2.500000000"
    assert row["ImageType"] == "ORIGINAL\\PRIMARY\\OTHER"
    assert "NumberOfFrames" not in row
    assert not [keyword for keyword in row if keyword.startswith("Patient")]


def _set_raw(image: Dataset, keyword: str, vr: str, value: bytes) -> None:
    tag = Tag(keyword)
    image[tag] = RawDataElement(tag, vr, len(value), value, 0, False, True)  # noqa: FBT003


def test_text_where_a_number_belongs_is_judged_like_a_missing_tag() -> None:
    image = build_series()[0]
    _set_raw(image, "PixelSpacing", "DS", b"one\\two ")
    assert SliceHeader.from_tags(header_row(image)).pixel_spacing_mm is None


def test_a_value_of_the_wrong_length_is_left_out() -> None:
    image = build_series()[0]
    _set_raw(image, "Rows", "US", b"\x01\x02\x03")
    assert "Rows" not in header_row(image)


def test_an_empty_tag_is_empty_text() -> None:
    image = build_series()[0]
    image.SliceThickness = None
    assert header_row(image)["SliceThickness"] == ""
