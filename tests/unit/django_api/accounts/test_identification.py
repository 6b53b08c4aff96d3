from __future__ import annotations

import dataclasses

import pytest
from django.http import HttpRequest
from django.test import AsyncRequestFactory
from pytest_django import Settings

from segrelay_api.accounts.identification import identify
from segrelay_api.accounts.principal import Principal, Role

AT_HOME = {"Host": "localhost:8000"}
OWN_PAGE = {**AT_HOME, "Origin": "http://localhost:8000", "Sec-Fetch-Site": "same-origin"}
THIS_MACHINE = Principal("this machine", Role.REQUESTER)


@pytest.fixture(autouse=True)
def open_to_loopback(settings: Settings) -> None:
    settings.SEGRELAY = dataclasses.replace(settings.SEGRELAY, open_to_loopback=True)
    settings.ALLOWED_HOSTS = ["localhost"]


def call(method: str, headers: dict[str, str]) -> HttpRequest:
    request: HttpRequest = AsyncRequestFactory().generic(method, "/")
    request.META.update({f"HTTP_{k.upper().replace('-', '_')}": v for k, v in headers.items()})
    return request


@pytest.mark.parametrize("headers", [AT_HOME, OWN_PAGE])
async def test_programs_and_own_pages_at_this_machine_press(headers: dict[str, str]) -> None:
    assert await identify(call("POST", headers)) == THIS_MACHINE


@pytest.mark.parametrize(
    "headers",
    [
        {**AT_HOME, "Sec-Fetch-Site": "cross-site"},
        {**AT_HOME, "Sec-Fetch-Site": "same-site"},
        {**AT_HOME, "Origin": "http://evil.example"},
        {**AT_HOME, "Origin": "http://localhost:3000"},
    ],
)
async def test_a_page_of_somebody_else_does_not_press_through_this_machines_browser(
    headers: dict[str, str],
) -> None:
    assert await identify(call("POST", headers)) is None


async def test_a_link_on_another_page_may_lead_here() -> None:
    assert await identify(call("GET", {**AT_HOME, "Sec-Fetch-Site": "cross-site"})) == THIS_MACHINE


@pytest.mark.django_db(transaction=True)
async def test_a_wrong_token_is_never_taken_for_no_token() -> None:
    assert await identify(call("GET", {**AT_HOME, "Authorization": "Bearer wrong"})) is None
