from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from builders.archive_listing import ArchiveListing, series_record
from builders.orthanc_answers import tags_row
from builders.queue_payloads import work
from django.test import AsyncClient

from segrelay_api.archive import mirror
from segrelay_api.archive.series_list import LONGEST_LIST
from segrelay_api.database_calls import in_database
from segrelay_api.queue import transitions
from segrelay_contract.orthanc_events import SeriesStable
from segrelay_contract.requests import Priority

pytestmark = pytest.mark.django_db(transaction=True)

NOW = datetime(2026, 2, 1, tzinfo=UTC)
Caller = Callable[..., AsyncClient]


def embedded(html: str, name: str) -> Any:
    found = re.search(
        rf'<script id="{name}" type="application/json">(.*?)</script>', html, re.DOTALL
    )
    assert found is not None
    return json.loads(found[1])


def tell_of_series(rows: list[dict[str, str]]) -> None:
    event = SeriesStable(
        event="series_stable",
        event_id=uuid4(),
        series_id="series-1",
        series_instance_uid="1.2.3",
        study_id="study-1",
        study_instance_uid="1.2",
        role="t1",
        candidate_models=(),
        request_now=False,
        headers=tuple(rows),
    )
    mirror.record_stable_series(event=event, now=NOW)


async def open_page(client: AsyncClient, status: int = 200) -> str:
    response = await client.get("/")
    assert response.status_code == status
    return response.content.decode()


async def test_the_page_names_patient_study_and_series(
    caller: Caller, archive: ArchiveListing
) -> None:
    html = await open_page(caller("front end"))
    for text in (
        "Hong Gildong",
        "P-1",
        "Jan. 31, 2026",
        "Head",
        "T1 MPRAGE",
        "Series 4",
        "3 images",
    ):
        assert text in html
    assert "AI analysis</button>" in html
    assert 'lang="en"' in html


async def test_a_korean_browser_gets_the_page_in_korean(
    caller: Caller, archive: ArchiveListing
) -> None:
    html = await open_page(caller("front end", language="ko-KR,ko;q=0.9,en;q=0.8"))
    assert 'lang="ko"' in html
    assert "AI 분석</button>" in html
    assert "2026년 1월 31일" in html
    assert "영상 3장" in html
    assert embedded(html, "texts")["pending"] == "대기 중"


async def test_what_a_header_holds_cannot_become_markup(
    caller: Caller, archive: ArchiveListing
) -> None:
    archive.series = [series_record(SeriesDescription="<script>alert(1)</script>")]
    html = await open_page(caller("front end"))
    assert "<script>alert" not in html
    assert "&lt;script&gt;alert" in html


async def test_a_tagged_series_shows_its_role_and_can_be_pressed(
    caller: Caller, archive: ArchiveListing
) -> None:
    await in_database(tell_of_series, [tags_row(index) for index in range(5)])
    html = await open_page(caller("front end"))
    assert ">T1</span>" in html
    assert "disabled" not in html


async def test_an_unsuitable_series_has_a_disabled_button_and_says_why(
    caller: Caller, archive: ArchiveListing
) -> None:
    await in_database(tell_of_series, [tags_row(0)])
    html = await open_page(caller("front end"))
    assert "This series has only one slice" in html
    assert re.search(r'<button[^>]* disabled aria-describedby="reasons-series-1"', html)


async def test_the_reasons_are_korean_for_a_korean_reader(
    caller: Caller, archive: ArchiveListing
) -> None:
    await in_database(tell_of_series, [tags_row(0)])
    html = await open_page(caller("front end", language="ko"))
    assert "이 시리즈에는 단면이 한 장뿐입니다." in html


async def test_the_latest_request_travels_with_the_page(
    caller: Caller, archive: ArchiveListing
) -> None:
    archive.series = [series_record("series-1"), series_record("series-2")]
    request, _ = await in_database(
        transitions.create_request, work=work(1), priority=Priority.ROUTINE, actor="test", now=NOW
    )
    requests = embedded(await open_page(caller("front end")), "requests")
    assert set(requests) == {"series-1"}
    assert requests["series-1"]["request_id"] == str(request.id)
    assert requests["series-1"]["position"] == 1


async def test_the_script_is_told_where_to_call(caller: Caller, archive: ArchiveListing) -> None:
    assert embedded(await open_page(caller("front end")), "addresses") == {
        "segment": "/api/mri/segmentation/series/{series_id}/segment/",
        "events": "/api/mri/segmentation/events/",
        "request": "/api/mri/segmentation/requests/{request_id}/",
        "cancel": "/api/mri/segmentation/requests/{request_id}/cancel/",
        "retry": "/api/mri/segmentation/requests/{request_id}/retry/",
        "picture": "/requests/{request_id}/picture/",
    }


async def test_an_empty_archive_says_what_to_do(caller: Caller, archive: ArchiveListing) -> None:
    archive.series = []
    assert "There is no MR series in Orthanc yet." in await open_page(caller("front end"))


async def test_a_long_list_says_that_it_is_cut(caller: Caller, archive: ArchiveListing) -> None:
    archive.series = [series_record(f"series-{number}") for number in range(LONGEST_LIST + 2)]
    html = await open_page(caller("front end"))
    assert html.count('class="press"') == LONGEST_LIST
    assert f"Only the newest {LONGEST_LIST} series are listed." in html


async def test_without_orthanc_the_page_is_a_sentence(
    caller: Caller, archive: ArchiveListing
) -> None:
    archive.is_down = True
    html = await open_page(caller("front end"), status=503)
    assert "The image archive (Orthanc) does not answer." in html


async def test_strangers_may_sign_in_and_see_nothing_else(
    async_client: AsyncClient, archive: ArchiveListing
) -> None:
    response = await async_client.get("/")
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == "Bearer"
    assert 'type="password"' in response.content.decode()
    assert "Gildong" not in response.content.decode()


@pytest.mark.parametrize("name", ["lab1", "orthanc-plugin"])
async def test_machines_do_not_see_pages(
    caller: Caller, archive: ArchiveListing, name: str
) -> None:
    html = await open_page(caller(name), status=403)
    assert "Your role may not make this call." in html


async def test_nothing_on_the_page_is_inline_that_the_policy_forbids(
    caller: Caller, archive: ArchiveListing
) -> None:
    response = await caller("front end").get("/")
    html = response.content.decode()
    assert "script-src 'self'" in response.headers["Content-Security-Policy"]
    assert not re.search(r"<style|\sstyle=|\son\w+=", html)
    scripts = re.findall(r"<script([^>]*)>", html)
    assert all("src=" in one or 'type="application/json"' in one for one in scripts)


async def test_the_page_only_reads(caller: Caller, archive: ArchiveListing) -> None:
    response = await caller("front end").post("/")
    assert response.status_code == 405
