from __future__ import annotations

import pytest
from django.test import RequestFactory

from segrelay_api.accounts.origin import Origin, changes_something, origin_of


@pytest.mark.parametrize(
    ("headers", "origin"),
    [
        ({}, Origin.UNSTATED),
        ({"Origin": "http://testserver"}, Origin.OWN),
        ({"Origin": "https://testserver"}, Origin.FOREIGN),
        ({"Origin": "http://testserver:8000"}, Origin.FOREIGN),
        ({"Origin": "http://testserver.evil.example"}, Origin.FOREIGN),
        ({"Origin": "null"}, Origin.FOREIGN),
        ({"Sec-Fetch-Site": "same-origin"}, Origin.OWN),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "https://testserver"}, Origin.OWN),
        ({"Sec-Fetch-Site": "same-site", "Origin": "http://testserver"}, Origin.FOREIGN),
        ({"Sec-Fetch-Site": "cross-site"}, Origin.FOREIGN),
        ({"Sec-Fetch-Site": "none"}, Origin.FOREIGN),
    ],
)
def test_what_the_browser_says_decides(headers: dict[str, str], origin: Origin) -> None:
    assert origin_of(RequestFactory().post("/", headers=headers)) is origin


@pytest.mark.parametrize(
    ("method", "changes"),
    [("GET", False), ("HEAD", False), ("OPTIONS", False), ("POST", True), ("DELETE", True)],
)
def test_every_method_that_is_not_for_reading_may_change_something(
    method: str, *, changes: bool
) -> None:
    assert changes_something(RequestFactory().generic(method, "/")) is changes
