from typing import Any

import pytest
from builders.tickets import SECRET

from segrelay_plugin.tickets.settings import TicketSettings, read_ticket_settings


def settings(**tickets: object) -> TicketSettings:
    return read_ticket_settings({"Segrelay": {"Tickets": {"Secret": SECRET, **tickets}}})


def test_a_good_section_is_taken() -> None:
    read = settings(Required=True, Account="lab")
    assert (read.required, read.account, read.secret) == (True, "lab", SECRET.encode())
    assert read.problem == ""


def test_all_but_the_secret_may_be_left_out() -> None:
    read = settings()
    assert (read.required, read.account, read.problem) == (True, "worker", "")


def test_the_length_of_the_secret_counts_in_bytes() -> None:
    assert settings(Secret="비밀" * 5 + "ab").problem == ""  # 12 characters, 32 bytes
    assert "32 bytes" in settings(Secret="a" * 31).problem


def test_the_secret_is_not_shown_when_settings_are_printed() -> None:
    assert SECRET not in repr(settings())


@pytest.mark.parametrize(
    ("document", "named"),
    [
        ({}, "Secret"),
        ({"Segrelay": 7}, "Secret"),
        ({"Segrelay": {}}, "Secret"),
        ({"Segrelay": {"Tickets": "no"}}, "Secret"),
        ({"Segrelay": {"Tickets": {}}}, "Secret"),
        ({"Segrelay": {"Tickets": {"Secret": ""}}}, "Secret"),
        ({"Segrelay": {"Tickets": {"Secret": 7}}}, "Secret"),
        ({"Segrelay": {"Tickets": {"Secret": "\ud800" * 9}}}, "Secret"),
        ({"Segrelay": {"Tickets": {"Secret": SECRET, "Required": "false"}}}, "Required"),
        ({"Segrelay": {"Tickets": {"Secret": SECRET, "Required": 0}}}, "Required"),
        ({"Segrelay": {"Tickets": {"Secret": SECRET, "Required": None}}}, "Required"),
        ({"Segrelay": {"Tickets": {"Secret": SECRET, "Account": ""}}}, "Account"),
        ({"Segrelay": {"Tickets": {"Secret": SECRET, "Acount": "lab"}}}, "Acount"),
        ({"Segrelay": {"Tickets": {"Secret": SECRET, "Account": ["a"]}}}, "Account"),
    ],
)
def test_what_is_wrong_is_named_and_closes(document: dict[str, Any], named: str) -> None:
    read = read_ticket_settings(document)
    assert f'"Segrelay.Tickets.{named}"' in read.problem
    assert (read.required, read.secret, read.account) == (True, b"", "worker")


def test_a_plain_orthanc_needs_no_secret() -> None:
    read = settings(Required=False, Secret="")
    assert (read.required, read.secret, read.problem) == (False, b"", "")


def test_a_short_secret_is_named_also_where_none_is_needed() -> None:
    read = settings(Required=False, Secret="short")
    assert (read.required, read.secret) == (False, b"")
    assert "Secret" in read.problem
