from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from builders.calling import CallingClient
from integration.polling import until

from segrelay_api.accounts import tokens
from segrelay_api.accounts.errors import NameTakenError, UnknownNameError
from segrelay_api.accounts.models import AccessToken
from segrelay_api.accounts.people import create_person
from segrelay_api.accounts.principal import Principal, Role
from segrelay_api.database_calls import in_database

pytestmark = pytest.mark.django_db(transaction=True)

NOW = datetime(2026, 2, 1, tzinfo=UTC)
REQUESTS = "/api/mri/segmentation/requests/"


def make(name: str = "lab3", role: Role = Role.WORKER) -> str:
    return tokens.create_token(name=name, role=role, now=NOW)


async def status_with(token: str) -> int:
    client = CallingClient({"Authorization": f"Bearer {token}"})
    response = await client.get(REQUESTS)
    return int(response.status_code)


def test_a_token_is_recognised_and_its_text_is_nowhere_in_the_database() -> None:
    token = make()
    found = tokens.find_token(token=token)
    assert found is not None
    assert found.principal == Principal("lab3", Role.WORKER)
    row = AccessToken.objects.values().get()
    assert not any(token in str(value) or token[9:] in str(value) for value in row.values())


def test_no_two_tokens_are_alike_and_all_fit_into_a_header() -> None:
    made = {make(f"lab{number}") for number in range(20)}
    assert len(made) == 20
    assert all(token.isascii() and len(token) > 43 and " " not in token for token in made)


def test_a_name_belongs_to_one_token_in_force() -> None:
    first = make()
    with pytest.raises(NameTakenError):
        make()
    tokens.revoke_token(name="lab3", now=NOW)
    second = make()
    assert tokens.find_token(token=first) is None
    assert tokens.find_token(token=second) is not None


def test_a_token_cannot_take_the_name_of_a_person() -> None:
    create_person(name="kim", role=Role.VIEWER, password="a long password")
    with pytest.raises(NameTakenError):
        make("kim")


def test_what_is_not_in_force_cannot_be_revoked() -> None:
    make()
    tokens.revoke_token(name="lab3", now=NOW)
    with pytest.raises(UnknownNameError):
        tokens.revoke_token(name="lab3", now=NOW)


def test_the_use_is_noted_once_a_minute() -> None:
    make()
    token = AccessToken.objects.get()
    for seconds, noted in ((0, 0), (30, 0), (59, 0), (60, 60), (90, 60)):
        tokens.note_use(token_id=token.pk, now=NOW + timedelta(seconds=seconds))
        token.refresh_from_db()
        assert token.last_used_at == NOW + timedelta(seconds=noted)


async def test_a_call_notes_the_use_behind_the_callers_back() -> None:
    token = await in_database(make)
    assert await status_with(token) == 200
    await in_database(
        until,
        lambda: AccessToken.objects.filter(last_used_at__isnull=False).exists(),
        what="the use is noted",
    )


async def test_a_revoked_token_is_a_strangers_with_the_next_call() -> None:
    token = await in_database(make)
    assert await status_with(token) == 200
    await in_database(tokens.revoke_token, name="lab3", now=NOW)
    assert await status_with(token) == 401


async def test_too_many_wrong_tokens_from_one_address_are_429_and_say_how_long() -> None:
    statuses = [await status_with(f"wrong {number}") for number in range(6)]
    assert statuses == [401] * 5 + [429]
    client = CallingClient({"Authorization": "Bearer wrong"})
    refused = await client.get(REQUESTS)
    assert refused.json()["code"] == "too_many_attempts"
    assert 0 < int(refused.headers["Retry-After"]) <= 60
    assert refused.headers["Retry-After"] in refused.json()["error"]
    page = await client.get("/")
    assert page.status_code == 429
    assert 0 < int(page.headers["Retry-After"]) <= 60


async def test_after_too_many_wrong_ones_a_lucky_guess_is_refused_as_well() -> None:
    token = await in_database(make)
    for number in range(5):
        await status_with(f"wrong {number}")
    assert await status_with(token) == 429


async def test_a_neighbour_with_a_wrong_token_does_not_shut_out_a_worker_that_is_known() -> None:
    token = await in_database(make)
    assert await status_with(token) == 200
    for number in range(6):
        await status_with(f"wrong {number}")
    assert await status_with(token) == 200
    await in_database(tokens.revoke_token, name="lab3", now=NOW)
    assert await status_with(token) == 401
    assert await status_with(token) == 429
