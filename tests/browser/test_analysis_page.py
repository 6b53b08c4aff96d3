"""The plugin's own page, which Orthanc Explorer 2 opens by its buttons."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from browser.conftest import OpenPage
from browser.explorer import keep_picture, panel_of
from browser.plugin_answers import PluginAnswers, models, pressed, result, state
from integration.orthanc_server import OrthancServer
from integration.polling import until
from playwright.sync_api import Page, expect

ARCHIVES_OWN = re.compile("^http://[^/]+/(studies|series)/")
HOSTILE = "<img src=x onerror='window.wasRun = true'><script>window.wasRun = true</script>"


@pytest.fixture(scope="module")
def orthanc(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OrthancServer]:
    with OrthancServer(tmp_path_factory.mktemp("orthanc")) as server:
        yield server


def open_analysis(
    open_page: OpenPage,
    orthanc: OrthancServer,
    query: str,
    answers: PluginAnswers,
    language: str = "en-US",
) -> Page:
    def prepare(page: Page) -> None:
        answers.stand_before(page)
        page.route(ARCHIVES_OWN, lambda route: route.fulfill(json=answers.tags))

    return open_page(
        f"{orthanc.url}/segrelay/analysis{query}",
        language=language,
        account=orthanc.admin,
        prepare=prepare,
    )


def test_each_chosen_study_has_a_panel_that_asks_for_it(
    open_page: OpenPage, orthanc: OrthancServer
) -> None:
    answers = PluginAnswers(
        models=models("first", "second"),
        states=[state("r1", "The series was segmented.", status="completed")],
        results=[result("r1", "cafe-1")],
        press=pressed("r2"),
    )
    page = open_analysis(open_page, orthanc, "?studies=aa-1,aa-2", answers)
    expect(page.get_by_role("heading", level=2)).to_have_text(["Study 1", "Study 2"])
    second = panel_of(page).nth(1)
    expect(second.get_by_role("link")).to_have_attribute(
        "href", "../app/explorer.html#series?uuid=cafe-1"
    )
    expect(second.get_by_role("combobox")).to_contain_text("All that fit")
    keep_picture(page, "analysis-page")
    second.get_by_role("button", name="AI analysis").click()
    expect(second.get_by_role("status")).to_have_text("The analysis was requested.")
    assert answers.pressed == ["studies/aa-2/segment"]
    assert [wish for wish, _ in answers.wishes] == [{}]


def test_the_archive_says_whose_a_chosen_study_is(
    open_page: OpenPage, orthanc: OrthancServer
) -> None:
    tags = {"StudyDate": "20260102", "StudyDescription": "Head"}
    study = {"MainDicomTags": tags, "PatientMainDicomTags": {"PatientName": "Test^Phantom"}}
    page = open_analysis(open_page, orthanc, "?study=aa-1", PluginAnswers(tags=study))
    expect(page.get_by_role("heading", level=2)).to_have_text(
        "Study: Test Phantom · 2026-01-02 · Head"
    )


def test_a_request_that_the_archive_hears_of_later_is_followed_too(
    open_page: OpenPage, orthanc: OrthancServer
) -> None:
    earlier = state("r1", "Segmented before", status="completed")
    answers = PluginAnswers(states=[earlier])
    page = open_analysis(open_page, orthanc, "?studies=aa-1", answers)
    texts = panel_of(page).locator(".segrelay-text")
    expect(texts).to_have_text(["Segmented before"])
    answers.states = [earlier, state("r2", "Analysing")]
    expect(texts).to_have_text(["Segmented before", "Analysing"])


def test_what_may_have_been_pressed_elsewhere_is_not_asked_for_for_ever(
    open_page: OpenPage, orthanc: OrthancServer
) -> None:
    answers = PluginAnswers()
    page = open_analysis(open_page, orthanc, "?studies=aa-1", answers)
    expect(panel_of(page)).to_contain_text("stub-bright")
    page.clock.install()
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")  # asks by the new clock

    def asked_two_seconds_later() -> int:
        page.clock.run_for(2000)
        return answers.asked.count("GET studies/aa-1")

    until(lambda: asked_two_seconds_later() >= 15, what="half a minute of questions")
    until(lambda: len({asked_two_seconds_later() for _ in range(10)}) == 1, what="it is enough")


def test_foreign_text_does_not_run(open_page: OpenPage, orthanc: OrthancServer) -> None:
    answers = PluginAnswers(models=models(HOSTILE), states=[state("r1", HOSTILE)])
    answers.tags = {"MainDicomTags": {"SeriesDescription": HOSTILE}}
    page = open_analysis(open_page, orthanc, "?series=aa-1", answers)
    expect(panel_of(page).locator(".segrelay-text")).to_have_text(HOSTILE)
    assert page.evaluate("window.wasRun") is None


def test_without_a_choice_it_says_so_in_the_readers_language(
    open_page: OpenPage, orthanc: OrthancServer
) -> None:
    answers = PluginAnswers()
    page = open_analysis(open_page, orthanc, "?series=../system", answers, language="ko-KR")
    expect(page.get_by_role("main")).to_contain_text("선택된 시리즈나 검사가 없습니다.")
    assert page.locator("html").get_attribute("lang") == "ko"
    assert answers.asked == []
