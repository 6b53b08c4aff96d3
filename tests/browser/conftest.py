from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from browser.system import running_system
from integration.conftest import new_orthanc, orthanc_image
from integration.system import System
from playwright.sync_api import Browser, ConsoleMessage, HttpCredentials, Page, sync_playwright

__all__ = ["new_orthanc", "orthanc_image"]  # fixtures, for tests here too

CHROMIUM = "/usr/bin/chromium-headless-shell"
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    # A browser that calls home would hang where there is no network.
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    # A name that browsers do not trust as they trust this machine.
    "--host-resolver-rules=MAP segrelay.test 127.0.0.1",
)
WIDE = 1280
ANSWERED_BY_US = re.compile("/api/mri/|/picture/$|/sign-in/$|/segrelay/")

Account = tuple[str, str]
OpenPage = Callable[..., Page]


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """Shared: a test leaves no request waiting here."""
    with running_system(tmp_path_factory.mktemp("shared-system")) as running:
        yield running


# Of the module, not of the session: while it lives, Playwright's event loop runs in this thread,
# and tests of async code elsewhere need one of their own.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield chromium
        chromium.close()


@pytest.fixture
def open_page(browser: Browser) -> Iterator[OpenPage]:
    """Opens an address as a reader of a language; nothing may go wrong in the page's script."""
    complaints: list[str] = []

    def note(message: ConsoleMessage) -> None:
        # Error answers of queue and plugin are logged as well, but the page shows them.
        is_shown = ANSWERED_BY_US.search(message.location["url"])
        if message.type == "error" and not is_shown:
            complaints.append(f"{message.text} {message.location['url']}")

    def open_it(
        url: str,
        *,
        language: str = "en-US",
        width: int = WIDE,
        account: Account | None = None,
        prepare: Callable[[Page], None] = lambda _page: None,
    ) -> Page:
        context = browser.new_context(
            locale=language,
            viewport={"width": width, "height": 900},
            color_scheme="light",
            http_credentials=HttpCredentials(username=account[0], password=account[1])
            if account
            else None,
        )
        page = context.new_page()
        prepare(page)
        page.on("console", note)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        answer = page.goto(url)
        assert answer is not None
        assert answer.ok, page.inner_text("main")
        return page

    yield open_it
    for context in browser.contexts:
        context.close()
    assert complaints == []
