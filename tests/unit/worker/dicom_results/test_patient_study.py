from __future__ import annotations

import pytest
from builders.mr_series import build_series
from pydicom import Dataset
from pydicom.dataelem import RawDataElement
from pydicom.tag import Tag

from segrelay_worker.dicom_results.patient_study import (
    TYPE_2,
    anonymous_source,
    copy_patient_and_study,
    patient_id_of,
)


def test_a_stand_in_holds_no_patient() -> None:
    first, second = build_series()[:2]
    stand_in = anonymous_source(second, first=first, slice_thickness_mm=3.0)
    assert "Phantom" not in str(stand_in)
    assert [keyword for keyword in TYPE_2 if stand_in[keyword].value] == []


def test_patient_and_study_are_copied_as_they_stand() -> None:
    source, target = build_series()[0], Dataset()
    copy_patient_and_study(source, target)
    assert target.PatientName == "Phantom^Asymmetric"
    assert target.StudyDescription == "Phantom study"
    assert target.SpecificCharacterSet == "ISO_IR 192"
    assert "SeriesDescription" not in target


def test_what_must_be_there_is_empty_where_the_source_lacks_it() -> None:
    target = Dataset()
    copy_patient_and_study(Dataset(), target)
    assert sorted(element.keyword for element in target) == sorted(TYPE_2)


def add_as_read(source: Dataset, keyword: str, vr: str, value: bytes | None) -> None:
    """An element as it comes out of a file, not decoded yet."""
    tag, length = Tag(keyword), len(value or b"")
    source[tag] = RawDataElement(tag, vr, length, value, 0, False, True)  # noqa: FBT003 - a tuple


@pytest.mark.parametrize(("vr", "value"), [("US", b"\1\2\3"), ("no", b"\1\2\3"), ("no", None)])
def test_a_value_that_is_none_is_left_out(vr: str, value: bytes | None) -> None:
    source, target = build_series()[0], Dataset()
    add_as_read(source, "AccessionNumber", vr, value)
    copy_patient_and_study(source, target)
    assert target["AccessionNumber"].is_empty


@pytest.mark.parametrize("value", [b"P-1", b"P-1 ", b" P-1\0"])
def test_a_patient_id_is_read_without_its_padding_and_keeps_its_bytes(value: bytes) -> None:
    source, target = Dataset(), Dataset()
    add_as_read(source, "PatientID", "LO", value)
    assert patient_id_of(source) == "P-1"
    copy_patient_and_study(source, target)
    assert isinstance(target.get_item("PatientID"), RawDataElement)


def test_a_patient_id_may_be_absent_or_set_by_hand() -> None:
    assert patient_id_of(Dataset()) == ""
    assert patient_id_of(build_series()[0]) == "PHANTOM-1"
