from __future__ import annotations

from datetime import date

import httpx
import pytest
from builders.archive_listing import ArchiveListing, series_record, study_record

from segrelay_api.archive.orthanc_client import OrthancClient
from segrelay_api.archive.series_list import (
    LONGEST_LIST,
    SeriesList,
    arrange,
    list_mr_series,
    readable_name,
)

TODAY = date(2026, 2, 1)


def archive_of(**days: str) -> ArchiveListing:
    """An archive with a study for each name, of one MR series named like it."""
    return ArchiveListing(
        studies=[study_record(name, StudyDate=day) for name, day in days.items()],
        series=[series_record(name, study_id=name) for name in days],
    )


async def list_of(archive: ArchiveListing, *, limit: int = LONGEST_LIST) -> SeriesList:
    transport = httpx.MockTransport(archive)
    async with httpx.AsyncClient(transport=transport, base_url="http://orthanc.test") as http:
        return await list_mr_series(OrthancClient(http), today=TODAY, limit=limit)


async def test_only_mr_series_are_listed_so_results_never_are() -> None:
    archive = ArchiveListing(
        series=[
            series_record("head"),
            series_record("seg", Modality="SEG"),
            series_record("picture", Modality="OT"),
            series_record("ct", Modality="CT"),
        ]
    )
    assert (await list_of(archive)).series_ids == ("head",)


async def test_once_the_list_is_full_nothing_older_is_read() -> None:
    archive = archive_of(today="20260201", lately="20260115", then="20200101")
    listed = await list_of(archive, limit=2)
    assert listed.series_ids == ("today", "lately")
    assert listed.is_full
    assert "then" not in archive.told


async def test_an_archive_of_any_age_is_listed() -> None:
    archive = archive_of(ahead="20990101", then="19990101", never="")
    listed = await list_of(archive)
    assert listed.series_ids == ("ahead", "then", "never")
    assert not listed.is_full


async def test_a_day_may_be_over_in_the_hospital_before_it_is_here() -> None:
    archive = archive_of(yesterday="20260131", before="20260130")
    assert (await list_of(archive, limit=1)).series_ids == ("yesterday",)
    assert "before" not in archive.told


def test_a_study_without_mr_series_is_not_listed() -> None:
    assert arrange(studies=[study_record()], series=[], limit=10).studies == ()


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


def test_beyond_the_limit_older_series_are_left_out() -> None:
    studies = [study_record("new", StudyDate="20260102"), study_record("old")]
    series = [
        series_record(f"{study}-{number}", study_id=study, SeriesNumber=str(number))
        for study in ("old", "new")
        for number in (1, 2)
    ]
    studies[1]["MainDicomTags"]["StudyDate"] = "20260101"
    listed = arrange(studies=studies, series=series, limit=3)
    assert listed.series_ids == ("new-1", "new-2", "old-1")
    assert listed.is_full


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
