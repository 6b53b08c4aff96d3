from __future__ import annotations

import io

import pytest
from django.core.management import CommandError, call_command

from segrelay_api.accounts.models import Person
from segrelay_api.accounts.people import find_person
from segrelay_api.accounts.principal import Principal, Role
from segrelay_api.accounts.tokens import find_token

pytestmark = pytest.mark.django_db

PASSWORD = "a long password"


def output_of(*command: str) -> str:
    out = io.StringIO()
    call_command(*command, stdout=out, stderr=io.StringIO())
    return out.getvalue()


@pytest.mark.parametrize("role", Role)
def test_a_token_is_printed_alone_and_works(role: Role) -> None:
    token = output_of("token_create", "lab3", "--role", role).rstrip("\n")
    found = find_token(token=token)
    assert found is not None
    assert found.principal == Principal("lab3", role)


def test_the_list_names_tokens_and_never_shows_one() -> None:
    token = output_of("token_create", "lab3", "--role", "worker").strip()
    output_of("token_revoke", "lab3")
    again = output_of("token_create", "lab3", "--role", "worker").strip()
    header, revoked, current = output_of("token_list").splitlines()
    assert header.split("\t") == ["NAME", "ROLE", "CREATED", "LAST USED", "REVOKED"]
    assert revoked.startswith("lab3\tworker\t")
    assert revoked.endswith("Z")
    assert current.endswith("\t-\t-")
    assert token not in revoked
    assert again not in current


@pytest.mark.parametrize(
    "command",
    [
        ("token_create", "lab3", "--role", "worker"),
        ("token_create", "", "--role", "worker"),
        ("token_revoke", "lab4"),
        ("person_create", "lab3", "--role", "viewer"),
        ("person_create", " ", "--role", "viewer"),
        ("person_create", "kim", "--role", "worker"),
        ("person_change", "kim", "--close"),
    ],
)
def test_what_cannot_be_done_is_a_sentence(
    command: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    output_of("token_create", "lab3", "--role", "worker")
    monkeypatch.setattr("sys.stdin", io.StringIO(PASSWORD))
    with pytest.raises(CommandError, match=r"[.)]$"):
        output_of(*command)


def test_a_person_is_made_with_the_password_that_is_typed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{PASSWORD}\n"))
    assert output_of("person_create", "kim", "--role", "reviewer") == ""
    person = find_person(name="kim", password=PASSWORD)
    assert person is not None
    assert person.principal == Principal("kim", Role.REVIEWER)


def test_an_easy_password_says_why_it_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("short\n"))
    with pytest.raises(CommandError, match="at least 10 characters"):
        output_of("person_create", "kim", "--role", "viewer")


def test_a_person_is_given_another_role_and_password_and_shut_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{PASSWORD}\nanother password\n"))
    output_of("person_create", "kim", "--role", "viewer")
    output_of("person_change", "kim", "--role", "admin", "--password")
    person = find_person(name="kim", password="another password")
    assert person is not None
    assert person.role == Role.ADMIN
    output_of("person_change", "kim", "--close")
    assert not Person.objects.get().is_active
    output_of("person_change", "kim", "--open")
    assert Person.objects.get().is_active
