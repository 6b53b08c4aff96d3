from __future__ import annotations

import asyncio
import re
from typing import Any

import pytest
from builders.archive_listing import ArchiveListing
from builders.orthanc_answers import OrthancAnswers
from django.contrib.sessions.models import Session
from django.test import AsyncClient

from segrelay_api.accounts import signing_in
from segrelay_api.accounts.errors import TooManyAttemptsError
from segrelay_api.accounts.people import change_person, create_person
from segrelay_api.accounts.principal import Role
from segrelay_api.database_calls import in_database

pytestmark = pytest.mark.django_db(transaction=True)

PASSWORD = "a long password"
COOKIE = "segrelay_session"
OWN_PAGE = {"Origin": "http://testserver"}
FOREIGN_PAGE = {"Origin": "http://evil.example"}
PRESS = "/api/mri/segmentation/series/abc/segment/"


async def make_person(role: Role = Role.REQUESTER) -> None:
    await in_database(create_person, name="김철수", role=role, password=PASSWORD)


async def sign_in(
    client: AsyncClient,
    *,
    name: str = "김철수",
    password: str = PASSWORD,
    headers: dict[str, str] = OWN_PAGE,
    **more: Any,
) -> Any:
    body = {"name": name, "password": password, **more}
    return await client.post("/sign-in/", body, headers=headers)


async def test_who_signs_in_sees_the_page_with_their_name(
    async_client: AsyncClient, archive: ArchiveListing
) -> None:
    await make_person()
    answer = await sign_in(async_client)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    page = (await async_client.get("/")).content.decode()
    assert "Hong Gildong" in page
    assert "김철수" in page
    assert "Sign out" in page


@pytest.mark.parametrize(
    ("role", "actions"),
    [(Role.VIEWER, set()), (Role.REQUESTER, {"cancel", "retry", "again"})],
)
async def test_only_who_may_change_requests_gets_the_buttons_for_it(
    async_client: AsyncClient, archive: ArchiveListing, role: Role, actions: set[str]
) -> None:
    await make_person(role)
    await sign_in(async_client)
    page = (await async_client.get("/")).content.decode()
    assert set(re.findall(r'data-action="(\w+)"', page)) == actions


async def test_the_cookie_is_for_this_site_only_and_no_script_reads_it(
    async_client: AsyncClient,
) -> None:
    await make_person()
    cookie = (await sign_in(async_client)).cookies[COOKIE]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert cookie["max-age"] == 12 * 3600
    assert not cookie["secure"]


async def test_over_https_the_cookie_stays_there() -> None:
    await make_person()
    client = AsyncClient(headers={})
    answer = await client.post(
        "/sign-in/",
        {"name": "김철수", "password": PASSWORD},
        headers={"Origin": "https://testserver"},
        secure=True,
    )
    assert answer.status_code == 303
    assert answer.cookies[COOKIE]["secure"]


async def test_each_sign_in_makes_a_key_that_nobody_can_have_known(
    async_client: AsyncClient,
) -> None:
    await make_person()
    async_client.cookies[COOKIE] = "0" * 32
    first = (await sign_in(async_client)).cookies[COOKIE].value
    second = (await sign_in(async_client)).cookies[COOKIE].value
    assert len({"0" * 32, first, second}) == 3


async def test_signing_out_ends_the_session_and_not_only_its_cookie(
    async_client: AsyncClient, archive: ArchiveListing
) -> None:
    await make_person()
    key = (await sign_in(async_client)).cookies[COOKIE].value
    answer = await async_client.post("/sign-out/", headers=OWN_PAGE)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/sign-in/")
    assert answer.cookies[COOKIE].value == ""
    assert not await in_database(Session.objects.exists)
    async_client.cookies[COOKIE] = key
    assert (await async_client.get("/")).status_code == 401


@pytest.mark.parametrize("changes", [{"password": "another password"}, {"is_active": False}])
async def test_a_new_password_or_a_closed_door_ends_sessions_at_once(
    async_client: AsyncClient, archive: ArchiveListing, changes: dict[str, Any]
) -> None:
    await make_person()
    await sign_in(async_client)
    assert (await async_client.get("/")).status_code == 200
    await in_database(change_person, name="김철수", **changes)
    assert (await async_client.get("/")).status_code == 401


@pytest.mark.parametrize(
    "key", ["", "x", "nonsense-nonsense-nonsense-nonse", '"a\\000b"', "0" * 32, "0" * 999]
)
async def test_a_cookie_that_is_no_key_is_no_cookie(async_client: AsyncClient, key: str) -> None:
    response = await async_client.get("/", headers={"Cookie": f"{COOKIE}={key}"})
    assert response.status_code == 401


@pytest.mark.parametrize(
    ("name", "password"), [("김철수", "wrong"), ("nobody", PASSWORD), ("", ""), ("\0", "\0")]
)
async def test_a_wrong_name_and_a_wrong_password_look_the_same(
    async_client: AsyncClient, name: str, password: str
) -> None:
    await make_person()
    answer = await sign_in(async_client, name=name, password=password)
    assert answer.status_code == 401
    assert "Name and password do not belong together." in answer.content.decode()
    assert COOKIE not in answer.cookies


async def test_the_form_is_korean_for_a_korean_reader(async_client: AsyncClient) -> None:
    answer = await async_client.get("/sign-in/", headers={"Accept-Language": "ko"})
    assert "비밀번호" in answer.content.decode()
    wrong = await sign_in(async_client, headers={**OWN_PAGE, "Accept-Language": "ko"})
    assert "이름과 비밀번호가 맞지 않습니다." in wrong.content.decode()


@pytest.mark.parametrize(
    ("asked", "goes_to"),
    [
        ("/requests/1/picture/?a=b", "/requests/1/picture/?a=b"),
        ("https://evil.example/", "/"),
        ("//evil.example/", "/"),
        ("/\\evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("", "/"),
    ],
)
async def test_after_signing_in_one_goes_on_and_never_to_another_site(
    async_client: AsyncClient, asked: str, goes_to: str
) -> None:
    await make_person()
    answer = await sign_in(async_client, next=asked)
    assert answer.headers["Location"] == goes_to


@pytest.mark.parametrize("headers", [{}, FOREIGN_PAGE])
async def test_no_other_page_signs_anybody_in_or_out(
    async_client: AsyncClient, archive: ArchiveListing, headers: dict[str, str]
) -> None:
    await make_person()
    refused = await sign_in(async_client, headers=headers)
    assert refused.status_code == 403
    assert "Another website tried" in refused.content.decode()
    await sign_in(async_client)
    assert (await async_client.post("/sign-out/", headers=headers)).status_code == 403
    assert (await async_client.get("/")).status_code == 200


async def test_a_session_presses_from_segrelays_own_page(
    async_client: AsyncClient, orthanc: OrthancAnswers
) -> None:
    orthanc.add_series("abc")
    await make_person()
    await sign_in(async_client)
    pressed = await async_client.generic("POST", PRESS, headers=OWN_PAGE)
    assert pressed.status_code == 202


@pytest.mark.parametrize(
    "headers", [{}, FOREIGN_PAGE, {**OWN_PAGE, "Sec-Fetch-Site": "cross-site"}]
)
async def test_a_session_does_not_press_from_elsewhere(
    async_client: AsyncClient, orthanc: OrthancAnswers, headers: dict[str, str]
) -> None:
    orthanc.add_series("abc")
    await make_person()
    await sign_in(async_client)
    refused = await async_client.post(PRESS, headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (403, "foreign_origin")
    assert orthanc.asked == []


async def test_a_viewer_sees_the_page_and_cannot_press(
    async_client: AsyncClient, archive: ArchiveListing
) -> None:
    await make_person(Role.VIEWER)
    await sign_in(async_client)
    page = (await async_client.get("/")).content.decode()
    assert "Hong Gildong" in page
    assert 'disabled title="Your role may look' in page
    refused = await async_client.post(PRESS, headers=OWN_PAGE)
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")


async def test_too_many_wrong_passwords_are_429_even_before_a_right_one(
    async_client: AsyncClient,
) -> None:
    await make_person()
    statuses = [(await sign_in(async_client, password="wrong")).status_code for _ in range(5)]
    assert statuses == [401] * 5
    refused = await sign_in(async_client)
    assert refused.status_code == 429
    assert 0 < int(refused.headers["Retry-After"]) <= 60
    assert "Try again in" in refused.content.decode()


async def test_a_name_is_guarded_against_many_addresses() -> None:
    await make_person()
    for number in range(5):
        address = f"192.0.2.{number}"
        key = await signing_in.sign_in(name="김철수", password="wrong", address=address)
        assert key is None
    with pytest.raises(TooManyAttemptsError):
        await signing_in.sign_in(name="김철수", password=PASSWORD, address="192.0.2.9")


async def test_tries_at_once_are_counted_before_they_are_looked_at(
    async_client: AsyncClient,
) -> None:
    await make_person()
    tries = [sign_in(AsyncClient(), password="wrong") for _ in range(12)]
    statuses = [answer.status_code for answer in await asyncio.gather(*tries)]
    assert sorted(statuses) == [401] * 5 + [429] * 7


async def test_signing_in_right_is_not_counted(async_client: AsyncClient) -> None:
    await make_person()
    statuses = [(await sign_in(async_client)).status_code for _ in range(8)]
    assert statuses == [303] * 8
