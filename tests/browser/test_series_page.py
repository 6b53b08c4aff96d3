from __future__ import annotations

import math
from functools import partial
from pathlib import Path

import pytest
from browser.conftest import OpenPage
from browser.system import (
    claim_request,
    end_request,
    offer_models,
    running_system,
    wait_for_page,
)
from builders.hospital import GLIOMA
from builders.minimal_mr import localizer, mr_series
from builders.mr_series import SeriesPlan, build_series
from builders.queue_payloads import offer, success_body
from builders.result_picture import success_with_picture
from fakes.stub_segmenter import WAIT_FILE_VARIABLE
from integration.polling import until
from integration.system import System
from playwright.sync_api import Locator, Page, Route, expect
from pydicom import Dataset

from segrelay_contract.error_codes import ErrorCode
from segrelay_contract.results import FailureBody
from segrelay_contract.status import Outcome

ARTIFACTS = Path(__file__).parents[2] / "artifacts"
NARROW = 400
LONG_MS = 60_000  # a worker starts a process for its model first
HEAD = SeriesPlan(shape_zyx=(30, 66, 54), spacing_zyx_mm=(2.0, 1.3, 1.6), plane="oblique")
LESION_ML = HEAD.truth_zyx.sum() * math.prod(HEAD.spacing_zyx_mm) / 1000


def row_of(page: Page, series_id: str) -> Locator:
    return page.locator(f'[data-series-id="{series_id}"]')


def button(row: Locator) -> Locator:
    return row.locator(".press")


def head() -> list[Dataset]:
    header = {"PatientName": "Hong^Gildong=洪^吉洞=홍^길동", "SeriesDescription": "T1 MPRAGE"}
    return build_series(HEAD, changes=header)


def screenshots(page: Page, name: str) -> None:
    ARTIFACTS.mkdir(exist_ok=True)
    page.screenshot(path=ARTIFACTS / f"{name}-wide.png", full_page=True)
    wide = page.viewport_size
    page.set_viewport_size({"width": NARROW, "height": 900})
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW
    page.screenshot(path=ARTIFACTS / f"{name}-narrow.png", full_page=True)
    if wide:
        page.set_viewport_size(wide)


def expect_result(row: Locator) -> None:
    expect(row.locator(".headline")).to_have_text("Done", timeout=LONG_MS)
    expect(row.locator("tbody th")).to_have_text("Lesion")
    expect(row.locator("tbody td")).to_have_text(f"{LESION_ML:.1f} ml")
    expect(row.locator(".model")).to_have_text("stub-bright 1.0.0")
    expect(row.locator(".picture img")).to_be_visible()
    row.page.wait_for_function(
        "image => image.complete && image.naturalWidth > 0",
        arg=row.locator(".picture img").element_handle(),
    )


def test_a_press_is_seen_waiting_then_worked_on_then_done_and_a_reload_shows_the_same(
    tmp_path: Path, open_page: OpenPage
) -> None:
    with running_system(tmp_path) as system:
        series_id = system.send(head())
        system.send(localizer())
        wait_for_page(system, "This is a localizer")
        page = open_page(system.django.url)
        row = row_of(page, series_id)
        button(row).click()
        expect(row.locator(".headline")).to_have_text("Waiting")
        expect(row.locator(".detail")).to_contain_text("Place in the queue: 1.")
        expect(row.locator(".detail")).to_contain_text("No analysis computer is online.")
        expect(button(row)).to_be_disabled()
        screenshots(page, "waiting")

        go = tmp_path / "go"
        with system.stub_worker(environment={WAIT_FILE_VARIABLE: str(go)}):
            expect(row.locator(".headline")).to_have_text("Analysing the images", timeout=LONG_MS)
            expect(row.locator("progress")).to_be_visible()
            screenshots(page, "processing")
            go.touch()
            expect_result(row)
        screenshots(page, "done")
        page.reload()
        expect_result(row)
        expect(button(row)).to_be_enabled()
        korean = open_page(system.django.url, language="ko-KR")
        expect(row_of(korean, series_id).locator(".headline")).to_have_text("완료")
        korean.wait_for_load_state("networkidle")
        screenshots(korean, "korean")


@pytest.mark.parametrize(("language", "text"), [("en-US", "AI analysis"), ("ko-KR", "AI 분석")])
def test_the_button_speaks_the_readers_language(
    system: System, open_page: OpenPage, language: str, text: str
) -> None:
    series_id = system.send(mr_series())
    page = open_page(system.django.url, language=language)
    expect(button(row_of(page, series_id))).to_have_text(text)


def test_an_unsuitable_series_cannot_be_pressed_and_says_why(
    system: System, open_page: OpenPage
) -> None:
    series_id = system.send(localizer())
    wait_for_page(system, f"reasons-{series_id}")
    row = row_of(open_page(system.django.url), series_id)
    expect(button(row)).to_be_disabled()
    expect(button(row)).to_have_accessible_description(
        "This is a localizer: a few quick images for planning, not a volume. "
        "Choose a series whose slices are parallel."
    )


def test_a_refused_press_shows_the_reasons_and_can_be_tried_again(
    system: System, open_page: OpenPage
) -> None:
    series_id = system.send(mr_series(slices=1))
    row = row_of(open_page(system.django.url), series_id)
    button(row).click()
    expect(row.locator(".headline")).to_have_text("The analysis was not started")
    expect(row.locator(".problems li")).to_contain_text("only one slice")
    expect(button(row)).to_be_enabled()


def press(row: Locator) -> None:
    button(row).click()
    expect(row.locator(".headline")).to_have_text("Waiting")


def test_a_failed_request_shows_its_sentence(system: System, open_page: OpenPage) -> None:
    series_id = system.send(mr_series())
    row = row_of(open_page(system.django.url), series_id)
    press(row)
    end_request(system, series_id, failure)
    expect(row.locator(".headline")).to_have_text("The analysis failed")
    expect(row.locator(".detail")).to_contain_text("The pixels of image number 7 are cut off")


def failure(token: str) -> FailureBody:
    return FailureBody(
        success=False,
        lease_token=token,
        error_code=ErrorCode.UNDECODABLE_PIXELS,
        error_parameters={"instance_number": 7},
        retryable=False,
    )


def test_nothing_found_is_a_result_not_a_failure(system: System, open_page: OpenPage) -> None:
    series_id = system.send(mr_series())
    row = row_of(open_page(system.django.url), series_id)
    press(row)
    end_request(system, series_id, partial(success_body, outcome=Outcome.NOTHING_FOUND))
    expect(row.locator(".headline")).to_have_text("Done")
    expect(row.locator(".detail")).to_have_text("The model found nothing to mark in this series.")


def test_a_lost_connection_is_said_and_mended(system: System, open_page: OpenPage) -> None:
    series_id = system.send(mr_series())
    page = open_page(system.django.url)
    page.route("**/events/", cut)  # an open stream would not be cut, and be believed for a while
    row = row_of(page, series_id)
    press(row)
    page.route("**/api/**", cut)
    expect(row.locator(".detail")).to_have_text(
        "No connection to Segrelay. Trying again…", timeout=LONG_MS
    )
    end_request(system, series_id, success_body)
    page.unroute("**/api/**", cut)
    expect(row.locator(".headline")).to_have_text("Done", timeout=LONG_MS)


def test_a_page_that_is_told_nothing_asks_by_itself(system: System, open_page: OpenPage) -> None:
    series_id = system.send(mr_series())
    page = open_page(system.django.url)
    page.route("**/events/", cut)
    row = row_of(page, series_id)
    press(row)
    end_request(system, series_id, success_body)
    expect(row.locator(".headline")).to_have_text("Done")


def cut(route: Route) -> None:
    route.abort()


def test_a_press_on_what_is_done_shows_that_result(system: System, open_page: OpenPage) -> None:
    series_id = system.send(mr_series())
    row = row_of(open_page(system.django.url), series_id)
    press(row)
    end_request(system, series_id, success_body)
    expect(row.locator(".headline")).to_have_text("Done")
    button(row).click()
    expect(row.locator(".detail")).to_contain_text("analysed before")
    expect(row.locator("tbody td")).to_have_text("1.0 ml")


def test_a_picture_that_cannot_be_had_is_said(system: System, open_page: OpenPage) -> None:
    series_id = system.send(mr_series())
    row = row_of(open_page(system.django.url), series_id)
    press(row)
    end_request(system, series_id, success_with_picture)
    expect(row.locator(".headline")).to_have_text("Done")
    expect(row.locator(".detail")).to_contain_text("The picture cannot be shown")
    expect(row.locator(".picture")).to_be_hidden()


def test_what_waits_is_cancelled_at_once_and_can_be_asked_for_anew(
    system: System, open_page: OpenPage
) -> None:
    series_id = system.send(mr_series())
    row = row_of(open_page(system.django.url), series_id)
    press(row)
    row.get_by_role("button", name="Cancel").click()
    expect(row.locator(".headline")).to_have_text("Cancelled")
    expect(row.locator(".actions button:visible")).to_have_count(0)
    press(row)
    row.get_by_role("button", name="Cancel").click()
    expect(row.locator(".headline")).to_have_text("Cancelled")


def test_what_is_worked_on_is_cancelled_only_after_a_question(
    system: System, open_page: OpenPage
) -> None:
    series_id = system.send(mr_series())
    page = open_page(system.django.url, language="ko-KR")
    row = row_of(page, series_id)
    button(row).click()
    claim_request(system, series_id)
    expect(row.locator(".headline")).to_have_text("시작하는 중")
    row.get_by_role("button", name="취소").click()
    screenshots(page, "question-korean")
    page.get_by_role("dialog").get_by_role("button", name="돌아가기").click()
    expect(row.locator(".headline")).to_have_text("시작하는 중")
    row.get_by_role("button", name="취소").click()
    page.get_by_role("dialog").get_by_role("button", name="분석 취소").click()
    expect(row.locator(".headline")).to_have_text("취소됨")


def test_a_failed_request_is_tried_again(system: System, open_page: OpenPage) -> None:
    series_id = system.send(mr_series())
    page = open_page(system.django.url)
    row = row_of(page, series_id)
    press(row)
    end_request(system, series_id, failure)
    expect(row.locator(".headline")).to_have_text("The analysis failed")
    screenshots(page, "failed")
    row.get_by_role("button", name="Try again").click()
    expect(row.locator(".headline")).to_have_text("Waiting")
    end_request(system, series_id, success_body)
    expect(row.locator(".headline")).to_have_text("Done")


def test_a_result_is_computed_once_more_only_after_a_question(
    system: System, open_page: OpenPage
) -> None:
    series_id = system.send(mr_series())
    page = open_page(system.django.url)
    row = row_of(page, series_id)
    press(row)
    end_request(system, series_id, success_body)
    expect(row.locator(".headline")).to_have_text("Done")
    row.get_by_role("button", name="Run again").click()
    page.get_by_role("dialog").get_by_role("button", name="Run again").click()
    expect(row.locator(".headline")).to_have_text("Waiting")
    end_request(system, series_id, success_body)
    expect(row.locator(".headline")).to_have_text("Done")


def test_a_result_of_series_that_were_named_is_computed_once_more_of_the_same(
    system: System, open_page: OpenPage
) -> None:
    images = mr_series()
    t1, flair = system.send(images), system.send(in_the_study_of(images))
    models = (offer("brain"), GLIOMA)
    offer_models(system, *models)
    with system.django.api() as front_end:
        front_end.press(t1, model="glioma", sequence_series_ids={"t1": t1, "flair": flair})
        end_request(system, t1, success_body, *models)
        wait_for_page(system, t1)
        page = open_page(system.django.url)
        row = row_of(page, t1)
        row.get_by_role("button", name="Run again").click()
        page.get_by_role("dialog").get_by_role("button", name="Run again").click()
        expect(row.locator(".headline")).to_have_text("Waiting")
        end_request(system, t1, success_body, *models)
        again, first = front_end.requests(series_id=t1)
    assert (again.run, again.inputs) == (1, first.inputs)
    assert [each.series_id for each in again.inputs] == [t1, flair]


def in_the_study_of(images: list[Dataset]) -> list[Dataset]:
    others = mr_series()
    for image in others:
        image.StudyInstanceUID = images[0].StudyInstanceUID
    return others


def test_a_result_of_a_series_that_has_grown_says_so_and_what_to_do(
    system: System, open_page: OpenPage
) -> None:
    images = mr_series(slices=5)
    series_id = system.send(images[:4])
    page = open_page(system.django.url)
    row = row_of(page, series_id)
    press(row)
    end_request(system, series_id, success_body)
    expect(row.locator(".headline")).to_have_text("Done")
    wait_for_tag(system, series_id)
    system.send(images[4:])
    wait_for_page(system, '"outdated": true')
    page.reload()
    expect(row.locator(".outdated")).to_contain_text("Press AI analysis")
    screenshots(page, "outdated")
    korean = open_page(system.django.url, language="ko-KR")
    expect(row_of(korean, series_id).locator(".outdated")).to_contain_text("AI 분석을 누르세요")
    screenshots(korean, "outdated-korean")
    press(row)
    end_request(system, series_id, success_body)
    expect(row.locator(".headline")).to_have_text("Done")
    expect(row.locator(".outdated")).to_be_hidden()


def wait_for_tag(system: System, series_id: str) -> None:
    report = f"/segrelay/series/{series_id}"
    until(lambda: system.archive.get(report)["candidate"], what="the series is tagged")


def test_an_action_that_is_refused_says_why(system: System, open_page: OpenPage) -> None:
    series_id = system.send(mr_series())
    page = open_page(system.django.url)
    page.route("**/events/", cut)
    row = row_of(page, series_id)
    press(row)
    page.route("**/requests/*/", cut)  # so the page does not hear of the end
    end_request(system, series_id, success_body)
    row.get_by_role("button", name="Cancel").click()
    expect(row.get_by_role("alert")).to_have_text(
        "This request has already ended. There is nothing left to cancel."
    )
