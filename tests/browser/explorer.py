"""Orthanc Explorer in a browser, with the panel on its pages."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from browser.conftest import OpenPage
from integration.orthanc_server import OrthancServer
from playwright.sync_api import Locator, Page

ARTIFACTS = Path(__file__).parents[2] / "artifacts"


def show(  # noqa: PLR0913 - what a reader brings along, each by name
    open_page: OpenPage,
    orthanc: OrthancServer,
    page: str,
    identifier: str,
    *,
    language: str = "en-US",
    prepare: Callable[[Page], None] = lambda _page: None,
) -> Page:
    """The page of a series or a study, as the administrator sees it."""
    address = f"{orthanc.url}/app/explorer.html#{page}?uuid={identifier}"
    return open_page(address, language=language, account=orthanc.admin, prepare=prepare)


def panel_of(page: Page) -> Locator:
    return page.locator(".segrelay-panel")


def press_button(page: Page) -> Locator:
    return panel_of(page).locator(".segrelay-press")


def keep_picture(page: Page, name: str) -> None:
    """For people to look at; nothing of the panel may stick out of it."""
    page.wait_for_load_state("networkidle")
    ARTIFACTS.mkdir(exist_ok=True)
    page.screenshot(path=ARTIFACTS / f"{name}.png", full_page=True)
    for panel in panel_of(page).all():
        assert panel.evaluate("panel => panel.scrollWidth <= panel.clientWidth")
