from __future__ import annotations

from datetime import date

import pytest
from builders.archive_listing import series_record, study_record

from segrelay_api.archive.series_list import arrange, readable_name


def test_only_mr_series_are_listed_so_results_never_are() -> None:
    series = [
        series_record("head"),
        series_record("seg", Modality="SEG"),
        series_record("picture", Modality="OT"),
        series_record("ct", Modality="CT"),
    ]
    listed = arrange(studies=[study_record()], series=series, limit=10)
    assert listed.series_ids == ("head",)
    assert listed.left_out == 0


def test_a_study_without_mr_series_is_not_listed() -> None:
    listed = arrange(studies=[study_record()], series=[series_record(Modality="CT")], limit=10)
    assert listed.studies == ()


def test_newest_study_first_and_those_without_a_date_last() -> None:
    studies = [
        study_record("undated", StudyDate=""),
        study_record("old", StudyDate="20250101"),
        study_record("noon", StudyDate="20260101", StudyTime="120000"),
        study_record("evening", StudyDate="20260101", StudyTime="190000"),
    ]
    series = [series_record(f"of-{one['ID']}", study_id=one["ID"]) for one in studies]
    listed = arrange(studies=studies, series=series, limit=10)
    assert [study.study_id for study in listed.studies] == ["evening", "noon", "old", "undated"]


def test_series_stand_in_the_order_of_their_numbers_those_without_one_last() -> None:
    series = [
        series_record("none", SeriesNumber=""),
        series_record("ten", SeriesNumber="10"),
        series_record("also none", SeriesNumber=""),
        series_record("nine", SeriesNumber="9"),
    ]
    listed = arrange(studies=[study_record()], series=series, limit=10)
    assert listed.series_ids == ("nine", "ten", "also none", "none")


def test_beyond_the_limit_older_series_are_counted_only() -> None:
    studies = [study_record("new", StudyDate="20260102"), study_record("old")]
    series = [
        series_record(f"{study}-{number}", study_id=study, SeriesNumber=str(number))
        for study in ("old", "new")
        for number in (1, 2)
    ]
    studies[1]["MainDicomTags"]["StudyDate"] = "20260101"
    listed = arrange(studies=studies, series=series, limit=3)
    assert listed.series_ids == ("new-1", "new-2", "old-1")
    assert listed.left_out == 1


def test_a_series_whose_study_was_not_read_yet_waits_for_the_next_look() -> None:
    listed = arrange(studies=[], series=[series_record()], limit=10)
    assert listed.studies == ()


def test_what_headers_lack_is_empty_not_wrong() -> None:
    study = study_record(StudyDate="2026", StudyDescription="")
    series = series_record(SeriesNumber="x")
    del series["MainDicomTags"]["SeriesDescription"]
    (shown,) = arrange(studies=[study], series=[series], limit=10).studies
    assert shown.day is None
    assert (shown.series[0].number, shown.series[0].description) == (None, "")


def test_a_study_carries_what_a_reader_looks_for() -> None:
    (shown,) = arrange(studies=[study_record()], series=[series_record(images=7)], limit=10).studies
    assert (shown.patient_name, shown.patient_id) == ("Hong Gildong", "P-1")
    assert (shown.day, shown.description) == (date(2026, 1, 31), "Head")
    assert shown.series[0].image_count == 7


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        ("Hong^Gildong", "Hong Gildong"),
        ("Hong^Gildong=洪^吉洞=홍^길동", "Hong Gildong / 洪 吉洞 / 홍 길동"),
        ("Doe^Jane^^Dr", "Doe Jane Dr"),
        ("=洪^吉洞", "洪 吉洞"),
        ("^^^", ""),
        ("", ""),
    ],
)
def test_a_person_name_is_shown_in_every_spelling_it_holds(stored: str, shown: str) -> None:
    assert readable_name(stored) == shown
