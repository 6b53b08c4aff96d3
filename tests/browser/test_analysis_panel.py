"""The panel on Orthanc Explorer's own pages, with answers that a real system seldom gives."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from browser.conftest import OpenPage
from browser.explorer import keep_picture, panel_of, press_button, show
from browser.plugin_answers import PluginAnswers, models, pressed, result, state
from builders.minimal_mr import mr_series, upload
from integration.orthanc_server import OrthancServer
from playwright.sync_api import Locator, Page, expect

HOSTILE = '<img src=x onerror="window.wasRun = true">'
UNREACHABLE = {"success": False, "code": "django_unreachable", "error": "It does not answer."}


@dataclass(frozen=True)
class Archive:
    orthanc: OrthancServer
    series_id: str
    other_series_id: str


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    with OrthancServer(tmp_path_factory.mktemp("orthanc")) as orthanc:
        sent = [upload(mr_series(), url=orthanc.url, auth=orthanc.admin)[0] for _ in range(2)]
        yield Archive(orthanc, *sent)


@pytest.fixture
def answers() -> PluginAnswers:
    return PluginAnswers()


def open_series(
    open_page: OpenPage, archive: Archive, answers: PluginAnswers, language: str = "en-US"
) -> Page:
    return show(
        open_page,
        archive.orthanc,
        "series",
        archive.series_id,
        language=language,
        prepare=answers.stand_before,
    )


def test_names_of_others_are_shown_as_text_and_never_run(
    open_page: OpenPage, archive: Archive, answers: PluginAnswers
) -> None:
    answers.models = models(HOSTILE, "other")
    answers.states = [state("r1", HOSTILE, model=HOSTILE, status="failed", error=HOSTILE)]
    answers.results = [result("r1", HOSTILE, kind=HOSTILE)]
    page = open_series(open_page, archive, answers)
    expect(panel_of(page).locator(".segrelay-name")).to_have_text(HOSTILE)
    expect(panel_of(page).locator("option").first).to_have_text(f"{HOSTILE} 1.0.0")
    expect(panel_of(page).locator("img")).to_have_count(0)
    assert page.evaluate("window.wasRun") is None


def test_of_several_models_the_chosen_one_is_asked_for(
    open_page: OpenPage, archive: Archive, answers: PluginAnswers
) -> None:
    answers.models = models("first", "second")
    page = open_series(open_page, archive, answers)
    panel_of(page).get_by_label("Model").select_option("second 1.0.0")
    keep_picture(page, "explorer-several-models")
    press_button(page).click()
    expect(panel_of(page).get_by_role("status")).to_have_text("The analysis was requested.")
    [(wish, headers)] = answers.wishes
    assert wish == {"model": "second"}
    assert headers["idempotency-key"]


def test_a_series_that_fits_no_model_cannot_be_pressed_and_says_why(
    open_page: OpenPage, archive: Archive, answers: PluginAnswers
) -> None:
    answers.models = models(reasons=["This series has only one slice."])
    answers.models["models"] = [
        {"name": "glioma", "version": "2.1", "fits": False, "reasons": ["It needs flair too."]}
    ]
    page = open_series(open_page, archive, answers)
    expect(press_button(page)).to_be_disabled()
    expect(press_button(page)).to_have_accessible_description(
        "This series has only one slice. glioma 2.1: It needs flair too."
    )
    keep_picture(page, "explorer-none-fits")
    answers.models = models("glioma")
    hide(page, hidden=False)
    expect(press_button(page)).to_be_enabled()


def test_a_double_click_is_one_press(
    open_page: OpenPage, archive: Archive, answers: PluginAnswers
) -> None:
    page = open_series(open_page, archive, answers)
    press_button(page).dblclick()
    expect(panel_of(page).get_by_role("status")).to_have_text("The analysis was requested.")
    assert len(answers.wishes) == 1


def test_two_presses_have_two_keys(
    open_page: OpenPage, archive: Archive, answers: PluginAnswers
) -> None:
    page = open_series(open_page, archive, answers)
    for _ in range(2):
        press_button(page).click()
        expect(panel_of(page).get_by_role("status")).to_have_text("The analysis was requested.")
    assert len({headers["idempotency-key"] for _, headers in answers.wishes}) == 2


def test_what_was_analysed_before_is_said_and_what_was_requested_only_until_it_has_ended(
    open_page: OpenPage, archive: Archive, answers: PluginAnswers
) -> None:
    answers.states = [state("r1", "Done", status="completed")]
    answers.press = pressed("r1", status="completed", deduplicated=True)
    page = open_series(open_page, archive, answers)
    press_button(page).click()
    news = panel_of(page).get_by_role("status")
    expect(news).to_have_text("This was analysed before; the result is below.")
    answers.states = [state("r2", "Done once more", status="completed")]
    answers.press = pressed("r2")
    press_button(page).click()
    expect(panel_of(page).locator(".segrelay-text")).to_have_text("Done once more")
    expect(news).to_be_empty()


def test_a_refused_press_shows_its_sentence_and_reasons_and_can_be_tried_again(
    open_page: OpenPage, archive: Archive, answers: PluginAnswers
) -> None:
    reasons = [{"code": "single_slice", "error": "This series has only one slice."}]
    answers.press = {"success": False, "code": "unsuitable", "error": "No.", "reasons": reasons}
    answers.press_status = 422
    page = open_series(open_page, archive, answers)
    press_button(page).click()
    news = panel_of(page).get_by_role("status")
    expect(news).to_have_text("No.This series has only one slice.")
    answers.press, answers.press_status = pressed("r1"), 202
    press_button(page).click()
    expect(news).to_have_text("The analysis was requested.")


def test_where_the_models_cannot_be_asked_for_the_next_press_asks_again(
    open_page: OpenPage, archive: Archive, answers: PluginAnswers
) -> None:
    answers.models = UNREACHABLE
    page = open_series(open_page, archive, answers)
    expect(panel_of(page).get_by_role("status")).to_have_text("It does not answer.")
    answers.models = models("first", "second")
    press_button(page).click()
    expect(panel_of(page).get_by_label("Model")).to_be_visible()
    assert answers.wishes == []


def test_the_state_is_asked_for_only_while_something_is_under_way_and_somebody_looks(
    open_page: OpenPage, archive: Archive, answers: PluginAnswers
) -> None:
    answers.states = [state("r1", "Waiting", status="pending")]
    page = open_series(open_page, archive, answers)
    text = panel_of(page).locator(".segrelay-text")
    expect(text).to_have_text("Waiting")
    page.clock.install()
    count_calls(page)
    answers.states = [state("r1", "Analysing")]
    hide(page, hidden=False)  # the clock is new: starts the chain anew
    expect(text).to_have_text("Analysing")
    answers.states = [state("r1", "Storing")]
    page.clock.run_for(2000)
    expect(text).to_have_text("Storing")

    hide(page, hidden=True)
    assert calls_of_ten_seconds(page) == 0

    answers.states = [state("r1", "Done", status="completed")]
    hide(page, hidden=False)
    expect(text).to_have_text("Done")
    assert calls_of_ten_seconds(page) == 0


def count_calls(page: Page) -> None:
    page.evaluate(
        """() => {
            const real = window.fetch;
            window.calls = 0;
            window.fetch = (...call) => (window.calls++, real(...call));
        }"""
    )


def calls_of_ten_seconds(page: Page) -> int:
    before = page.evaluate("window.calls")
    page.clock.run_for(10_000)
    return int(page.evaluate("window.calls")) - int(before)


def hide(page: Page, *, hidden: bool) -> None:
    value = "hidden" if hidden else "visible"
    page.evaluate(
        """value => {
            Object.defineProperty(document, "visibilityState", { value, configurable: true });
            document.dispatchEvent(new Event("visibilitychange"));
        }""",
        value,
    )


def test_what_is_done_shows_its_results_and_can_be_asked_for_once_more(
    open_page: OpenPage, archive: Archive, answers: PluginAnswers
) -> None:
    answers.states = [
        state("r1", "Done", status="completed"),
        state("r2", "Failed", status="failed", model="glioma", error="Image 7 is cut off."),
    ]
    answers.results = [
        result("r0", "old-seg", superseded_by="new-seg"),
        result("r1", "new-seg"),
        result("r1", "sr", "SR"),
    ]
    answers.press = pressed("r3")
    page = open_series(open_page, archive, answers)
    done, failed = panel_of(page).locator(".segrelay-state").all()
    earlier = panel_of(page).locator(".segrelay-earlier")
    assert links(done) == {"Segmentation (SEG)": "new-seg", "Report (SR)": "sr"}
    assert links(earlier) == {"Segmentation (SEG)": "old-seg", "the newer one": "new-seg"}
    expect(failed).to_contain_text("Image 7 is cut off.")
    expect(failed.get_by_role("button")).to_have_count(0)
    keep_picture(page, "explorer-states")
    done.get_by_role("button", name="Run again").click()
    expect(panel_of(page).get_by_role("status")).to_have_text("The analysis was requested.")
    [(wish, _)] = answers.wishes
    assert wish == {"model": "stub-bright", "force": True}


def links(place: Locator) -> dict[str, str]:
    """The series that each link leads to, by its text."""
    found = place.get_by_role("link").all()
    return {
        link.inner_text(): str(link.get_attribute("href")).removeprefix("#series?uuid=")
        for link in found
    }


def test_a_link_leads_to_the_result_and_the_panel_follows(
    open_page: OpenPage, archive: Archive, answers: PluginAnswers
) -> None:
    answers.states = [state("r1", "Done", status="completed")]
    answers.results = [result("r1", archive.other_series_id)]
    answers.press = pressed("r2")
    page = open_series(open_page, archive, answers)
    panel_of(page).get_by_role("link", name="Segmentation (SEG)").click()
    page.wait_for_function("id => $.mobile.pageData.uuid === id", arg=archive.other_series_id)
    page.wait_for_load_state("networkidle")
    expect(page.locator(".segrelay-panel")).to_have_count(1)
    press_button(page).click()
    expect(panel_of(page).get_by_role("status")).to_have_text("The analysis was requested.")
    assert answers.pressed == [f"series/{archive.other_series_id}/segment"]


def test_an_archive_that_falls_silent_is_said(
    open_page: OpenPage, archive: Archive, answers: PluginAnswers
) -> None:
    page = open_series(open_page, archive, answers)
    expect(press_button(page)).to_be_enabled()
    page.route("**/segrelay/**/segment", lambda route: route.abort())
    press_button(page).click()
    expect(panel_of(page).get_by_role("status")).to_contain_text("The archive does not answer.")


def test_while_the_state_cannot_be_had_what_was_known_stays_and_it_is_asked_for_on(
    open_page: OpenPage, archive: Archive, answers: PluginAnswers
) -> None:
    answers.states = [state("r1", "Analysing")]
    page = open_series(open_page, archive, answers)
    text = panel_of(page).locator(".segrelay-text")
    expect(text).to_have_text("Analysing")
    report = f"**/segrelay/series/{archive.series_id}"
    page.route(report, lambda route: route.abort())
    problem = panel_of(page).locator(".segrelay-problem")
    expect(problem).to_contain_text("The archive does not answer.")
    expect(text).to_have_text("Analysing")
    page.unroute(report)
    expect(problem).to_have_count(0)


def test_it_speaks_korean(open_page: OpenPage, archive: Archive, answers: PluginAnswers) -> None:
    answers.models = models("first", "second")
    page = open_series(open_page, archive, answers, language="ko-KR")
    expect(press_button(page)).to_have_text("AI 분석")
    expect(panel_of(page).get_by_label("모델")).to_be_visible()


def test_a_hospitals_own_script_in_the_explorer_runs_too(
    open_page: OpenPage, tmp_path: Path
) -> None:
    own = tmp_path / "own.py"
    plugin = Path(__file__).parents[2] / "orthanc_plugin"
    own.write_text(
        f"import sys\nsys.path.insert(0, {str(plugin)!r})\nimport segrelay\n"
        "segrelay.also_in_explorer('window.ownScript = true;')\n"
    )
    overrides = {"PythonScript": str(own)}
    with OrthancServer(tmp_path / "orthanc", overrides=overrides) as orthanc:
        [series_id] = upload(mr_series(), url=orthanc.url, auth=orthanc.admin)
        page = show(open_page, orthanc, "series", series_id, prepare=PluginAnswers().stand_before)
        expect(press_button(page)).to_be_enabled()
        assert page.evaluate("window.ownScript") is True
