from __future__ import annotations

from collections.abc import Iterator

import pytest
from browser.conftest import OpenPage
from browser.system import running_system
from browser.test_series_page import row_of, screenshots
from builders.minimal_mr import mr_series
from integration.system import System
from playwright.sync_api import Page, expect

PASSWORD = "a long password"
UNTRUSTED_NAME = "segrelay.test"


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """A system that lets nobody in without a name."""
    with running_system(
        tmp_path_factory.mktemp("guarded-system"),
        OPEN_TO_LOOPBACK="false",
        ALLOWED_HOSTS=f"127.0.0.1,{UNTRUSTED_NAME}",
    ) as system:
        for name, role in (("kim", "requester"), ("lee", "viewer")):
            system.django.manage("person_create", name, "--role", role, typed=f"{PASSWORD}\n")
        yield system


def sign_in(page: Page, name: str, password: str = PASSWORD) -> None:
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


@pytest.mark.parametrize("host", ["127.0.0.1", UNTRUSTED_NAME])
def test_a_person_signs_in_presses_and_signs_out(
    guarded: System, open_page: OpenPage, host: str
) -> None:
    series_id = guarded.send(mr_series())
    page = open_page(f"http://{host}:{guarded.django.port}/sign-in/")
    sign_in(page, "kim")
    expect(page.locator(".banner")).to_contain_text("kim")
    row_of(page, series_id).get_by_role("button").click()
    expect(row_of(page, series_id).locator(".headline")).to_have_text("Waiting")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_label("Password")).to_be_visible()
    expect(page.locator(".banner")).not_to_contain_text("kim")


def test_a_wrong_password_is_said_and_the_right_one_goes_on(
    guarded: System, open_page: OpenPage
) -> None:
    page = open_page(f"{guarded.django.url}/sign-in/", language="ko-KR")
    expect(page.get_by_role("heading")).to_have_text("로그인")
    page.get_by_label("이름").fill("kim")
    page.get_by_label("비밀번호").fill("wrong")
    page.get_by_role("button", name="로그인").click()
    expect(page.get_by_role("alert")).to_contain_text("이름과 비밀번호가 맞지 않습니다.")
    screenshots(page, "sign-in-korean")
    page.get_by_label("이름").fill("kim")
    page.get_by_label("비밀번호").fill(PASSWORD)
    page.get_by_role("button", name="로그인").click()
    expect(page.get_by_role("heading", name="MR 시리즈")).to_be_visible()


def test_a_viewer_finds_the_button_closed(guarded: System, open_page: OpenPage) -> None:
    series_id = guarded.send(mr_series())
    page = open_page(f"{guarded.django.url}/sign-in/")
    screenshots(page, "sign-in")
    sign_in(page, "lee")
    expect(row_of(page, series_id).get_by_role("button")).to_be_disabled()
