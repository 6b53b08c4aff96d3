"""AI analysis in Orthanc Explorer, with all parts as they are, on both versions of Orthanc."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from browser.conftest import OpenPage
from browser.explorer import keep_picture, panel_of, press_button, show
from builders.minimal_mr import localizer
from builders.mr_series import build_series
from fakes.stub_segmenter import WAIT_FILE_VARIABLE
from integration.conftest import AnOrthanc
from integration.end_to_end import plugin_call
from integration.polling import until
from integration.system import System, connected
from integration.unique_series import unique
from playwright.sync_api import Page, expect

LONG_MS = 60_000  # a worker starts a process for its model first


@pytest.fixture(scope="module")
def hospital(tmp_path_factory: pytest.TempPathFactory, new_orthanc: AnOrthanc) -> Iterator[System]:
    system = connected(new_orthanc, tmp_path_factory.mktemp("hospital"))
    with system.archive, system.django:
        yield system


def version_of(hospital: System) -> str:
    return str(hospital.archive.get("/system")["Version"])


def wait_for_model(hospital: System, what: str) -> None:
    """Until a worker has said what it offers, and Django knows of the series."""

    def fits() -> bool:
        answer = plugin_call(hospital.archive, "GET", f"{what}/models").json()
        return any(model["fits"] for model in answer["models"])

    until(fits, what="a model fits", seconds=60)


def expect_text(page: Page, text: str) -> None:
    expect(panel_of(page).locator(".segrelay-text")).to_have_text(text, timeout=LONG_MS)


def test_a_press_on_the_series_page_is_followed_to_its_result(
    hospital: System, open_page: OpenPage, tmp_path: Path
) -> None:
    version = version_of(hospital)
    series_id = hospital.send(build_series(unique()))
    go = tmp_path / "go"
    with hospital.stub_worker(environment={WAIT_FILE_VARIABLE: str(go)}):
        wait_for_model(hospital, f"series/{series_id}")
        page = show(open_page, hospital.archive, "series", series_id)
        expect(panel_of(page)).to_contain_text("stub-bright 1.0.0")
        press_button(page).click()
        expect(panel_of(page).get_by_role("status")).to_have_text("The analysis was requested.")
        expect_text(page, "The series is being analysed.")
        keep_picture(page, f"explorer-{version}-processing")
        go.touch()
        expect_text(page, "The series was segmented.")
    expect(panel_of(page).get_by_role("link")).to_have_text(
        ["Segmentation (SEG)", "Picture (SC)", "Report (SR)"], timeout=LONG_MS
    )
    keep_picture(page, f"explorer-{version}-done")
    korean = show(open_page, hospital.archive, "series", series_id, language="ko-KR")
    expect_text(korean, "시리즈를 분석하여 분할 결과를 저장했습니다.")
    keep_picture(korean, f"explorer-{version}-korean")
    panel_of(page).get_by_role("link", name="Segmentation (SEG)").click()
    expect(page.locator("#series-info")).to_contain_text("Modality: SEG")
    expect(press_button(page)).to_be_disabled()


def test_a_press_on_the_study_page_is_followed_to_its_result(
    hospital: System, open_page: OpenPage
) -> None:
    series_id = hospital.send(build_series(unique()))
    study_id = hospital.archive.get(f"/series/{series_id}")["ParentStudy"]
    with hospital.stub_worker():
        wait_for_model(hospital, f"studies/{study_id}")
        page = show(open_page, hospital.archive, "study", study_id)
        press_button(page).click()
        expect_text(page, "The series was segmented.")
    keep_picture(page, f"explorer-{version_of(hospital)}-study")
    panel_of(page).get_by_role("link", name="Segmentation (SEG)").click(timeout=LONG_MS)
    expect(page.locator("#series-info")).to_contain_text("Modality: SEG")


def test_chosen_studies_are_asked_for_in_one_press_and_followed_on_a_page_of_ours(
    hospital: System, open_page: OpenPage
) -> None:
    orthanc = hospital.archive
    series_ids = [hospital.send(build_series(unique())) for _ in range(2)]
    studies = [orthanc.get(f"/series/{series_id}")["ParentStudy"] for series_id in series_ids]
    with hospital.stub_worker():
        for study_id in studies:
            wait_for_model(hospital, f"studies/{study_id}")
        wanted = {"studies": [*studies, "0-0"]}
        told = orthanc.call("POST", "/segrelay/bulk/segment", json=wanted).json()["results"]
        assert [(one["id"], one["status"]) for one in told] == [
            (studies[0], 202),
            (studies[1], 202),
            ("0-0", 404),
        ]
        address = f"{orthanc.url}/segrelay/analysis?studies={','.join(studies)}"
        page = open_page(address, account=orthanc.admin)
        texts = panel_of(page).locator(".segrelay-text")
        expect(texts).to_have_text(["The series was segmented."] * 2, timeout=LONG_MS)
    keep_picture(page, f"analysis-page-{version_of(hospital)}")


def test_a_series_that_cannot_be_analysed_says_why(hospital: System, open_page: OpenPage) -> None:
    series_id = hospital.send(localizer())
    page = show(open_page, hospital.archive, "series", series_id)
    expect(press_button(page)).to_be_disabled()
    expect(panel_of(page)).to_contain_text("This is a localizer")


def test_while_django_is_away_a_press_says_so_and_works_afterwards(
    hospital: System, open_page: OpenPage
) -> None:
    series_id = hospital.send(build_series(unique()))
    with hospital.stub_worker():
        wait_for_model(hospital, f"series/{series_id}")
    hospital.django.stop()
    page = show(open_page, hospital.archive, "series", series_id)
    news = panel_of(page).get_by_role("status")
    expect(news).to_contain_text("The AI analysis service does not answer")
    keep_picture(page, f"explorer-{version_of(hospital)}-django-away")
    hospital.django.start()
    with hospital.stub_worker():  # what waited on would keep another test's worker busy
        press_button(page).click()
        expect_text(page, "The series was segmented.")
    expect(news).to_be_empty()
