from base64 import b64encode

import pytest

from segrelay_plugin.tickets.worker_account import WorkerAccount, read_worker_account

ACCOUNTS = {"worker": "pass:word", "lab": "other", "워커": "비밀", "a": "b:c", "a:b": "c"}


def account(name: str = "worker", /, **changes: object) -> WorkerAccount:
    document = {"AuthenticationEnabled": True, "RegisteredUsers": ACCOUNTS, **changes}
    return read_worker_account(document, name)


def basic(credentials: str, scheme: str = "Basic") -> dict[str, str]:
    return {"authorization": f"{scheme} {b64encode(credentials.encode()).decode()}"}


@pytest.mark.parametrize("name", ["worker", "워커"])
def test_the_account_is_known_by_what_orthanc_compares(name: str) -> None:
    assert account(name).is_shown_in(basic(f"{name}:{ACCOUNTS[name]}"))
    assert account(name).unconfined == ""


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"authorization": ""},
        {"authorization": "Basic"},
        {"authorization": "Basic "},
        {"authorization": "Bearer worker"},
        {"authorization": "Basic 워커"},
        basic("lab:other"),
        basic("worker:wrong"),
        basic("worker:"),
        basic("worker:pass:word", scheme="Bearer"),
    ],
)
def test_other_calls_are_not_the_accounts(headers: dict[str, str]) -> None:
    assert not account().is_shown_in(headers)


@pytest.mark.parametrize("scheme", ["basic", "BASIC", " Basic ", "Basic  "])
def test_a_form_that_orthanc_may_take_one_day_is_known_too(scheme: str) -> None:
    assert account().is_shown_in(basic("worker:pass:word", scheme=scheme))


def test_two_accounts_that_orthanc_cannot_tell_apart_are_both_confined() -> None:
    assert account("a").is_shown_in(basic("a:b:c"))
    assert account("a:b").is_shown_in(basic("a:b:c"))


def test_the_password_is_not_shown_when_the_account_is_printed() -> None:
    assert b64encode(b"worker:pass:word").decode() not in repr(account())


@pytest.mark.parametrize(
    "changes",
    [
        {"AuthenticationEnabled": False},
        {"AuthenticationEnabled": None, "RemoteAccessAllowed": True},
        {"AuthenticationEnabled": False, "RemoteAccessAllowed": True},
    ],
)
def test_without_passwords_nobody_is_confined(changes: dict[str, object]) -> None:
    assert "AuthenticationEnabled" in account(**changes).unconfined


def test_orthanc_asks_for_passwords_by_itself_where_other_machines_may_call() -> None:
    document = {"RegisteredUsers": ACCOUNTS, "RemoteAccessAllowed": True}
    assert read_worker_account(document, "worker").unconfined == ""


@pytest.mark.parametrize("accounts", [None, {}, {"lab": "other"}, {"worker": 7}, "worker"])
def test_an_account_that_is_not_registered_is_named(accounts: object) -> None:
    unknown = account(RegisteredUsers=accounts)
    assert '"worker"' in unknown.unconfined
    assert not unknown.is_shown_in({"authorization": "Basic "})
    assert not unknown.is_shown_in({})
