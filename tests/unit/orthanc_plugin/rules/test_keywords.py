import pytest
from builders.keyword_table import table_text

from segrelay_plugin.rules.keywords import (
    TABLE,
    identifying_keywords,
    known_keywords,
    known_tags,
)


def test_the_table_is_that_of_pydicom() -> None:
    assert TABLE.read_text(encoding="ascii") == table_text()


def test_a_tag_is_known_by_number_and_by_keyword() -> None:
    assert known_tags()[0x00180081] == ("DS", "EchoTime")
    assert known_keywords()["EchoTime"] == "DS"
    assert len(known_tags()) == len(known_keywords())


@pytest.mark.parametrize(
    "keyword",
    [
        "PatientName",
        "PatientID",
        "PatientBirthDate",
        "PatientSex",
        "OtherPatientNames",
        "PatientComments",
        "ReferringPhysicianName",
        "OperatorsName",
        "AccessionNumber",
    ],
)
def test_what_tells_who_somebody_is_is_known_as_such(keyword: str) -> None:
    assert keyword in identifying_keywords()


@pytest.mark.parametrize(
    "keyword", ["PatientPosition", "SeriesDescription", "EchoTime", "Modality"]
)
def test_what_describes_images_identifies_nobody(keyword: str) -> None:
    assert keyword not in identifying_keywords()
