from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import AsyncClient

pytestmark = pytest.mark.django_db(transaction=True)

API = "/api/mri/segmentation/"
Caller = Callable[..., AsyncClient]


@pytest.mark.parametrize("path", ["", "nothing/", "requests", "series/a/b/segment/"])
async def test_an_address_that_there_is_not_is_answered_like_every_error(
    caller: Caller, path: str
) -> None:
    answer = await caller("front end").get(API + path)
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_call")
    korean = await caller("front end", "ko").get(API + path)
    assert korean.json()["error"] != answer.json()["error"]


async def test_a_method_that_a_call_has_not_is_answered_like_every_error_and_names_its_own(
    caller: Caller,
) -> None:
    answer = await caller("front end").get(f"{API}claim/")
    assert (answer.status_code, answer.json()["code"]) == (405, "wrong_method")
    assert answer.headers["Allow"] == "POST"


async def test_what_the_api_itself_does_not_know_keeps_its_own_answer(caller: Caller) -> None:
    nil = "00000000-0000-0000-0000-000000000000"
    answer = await caller("front end").get(f"{API}requests/{nil}/")
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_request")


async def test_beside_the_api_people_get_a_page() -> None:
    answer = await AsyncClient().get("/nothing/")
    assert answer.status_code == 404
    assert answer.headers["Content-Type"].startswith("text/html")


@pytest.mark.parametrize("path", ["requests/7/", "requests/7/events/", "status/7/"])
async def test_a_number_that_no_request_can_have_is_400_and_named(
    caller: Caller, path: str
) -> None:
    answer = await caller("front end").get(API + path)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")
    assert "request_id" in answer.json()["error"]
