import time
from base64 import b64encode
from typing import Any

import pytest
from builders.tickets import REQUEST_ID, SECRET, signed, ticket_payload
from fakes.orthanc_module import FakeOrthanc, FakeSeries, good_configuration, mr_tags

from segrelay_plugin.archive import Archive
from segrelay_plugin.tickets.ticketing import Ticketing, assemble_ticketing

GET, POST = 1, 2
SERIES = "11111111-11111111-11111111-11111111-11111111"


def ticketing(archive: Archive, *, accounts: Any = None, **tickets: object) -> Ticketing:
    document = good_configuration()
    document["Segrelay"]["Tickets"] |= tickets
    if accounts is not None:
        document["RegisteredUsers"] = accounts
    return assemble_ticketing(document, archive, request_of_result=lambda _series_id: None)


def allows(
    shown: Ticketing,
    path: str = f"/series/{SERIES}",
    *,
    method: int = GET,
    account: str = "worker:longer",
    ticket: str | None = None,
) -> bool:
    headers = {"authorization": f"Basic {b64encode(account.encode()).decode()}"}
    if ticket is not None:
        headers["segrelay-ticket"] = ticket
    return shown.request_filter.allows(path, method=method, headers=headers)


def ticket(**changes: object) -> str:
    return signed(ticket_payload(now=time.time(), **changes))


def last_reason(shown: Ticketing) -> object:
    last = shown.health()["last_refusal"]
    assert isinstance(last, dict)
    return last["reason"]


def test_the_workers_account_needs_a_ticket_and_others_do_not(archive: Archive) -> None:
    confined = ticketing(archive)
    assert allows(confined, ticket=ticket())
    assert not allows(confined)
    assert not allows(confined, ticket=ticket(), method=POST)
    assert allows(confined, account="orthanc:long")
    assert allows(confined, "/tools/reset", method=POST, account="orthanc:long", ticket="nonsense")


def test_without_a_good_secret_the_account_may_do_nothing(archive: Archive) -> None:
    closed = ticketing(archive, Secret="short")
    assert not allows(closed, "/system", ticket=signed(ticket_payload(), secret=""))
    assert not allows(closed, "/system")
    assert allows(closed, "/system", account="orthanc:long")
    health = closed.health()
    assert "Secret" in str(health["error"])
    assert health["refused"] == 2
    assert last_reason(closed) == "no_secret"


def test_where_tickets_are_not_required_nobody_needs_one_and_health_says_so(
    archive: Archive, caplog: pytest.LogCaptureFixture
) -> None:
    open_ = ticketing(archive, Required=False)
    assert allows(open_, "/tools/reset", method=POST)
    health = open_.health()
    assert (health["required"], health["error"]) == (False, None)
    assert "not required" in str(health["warnings"])
    assert any("workers_unconfined" in message for message in caplog.messages)


def test_an_account_that_does_not_exist_confines_nobody_and_health_says_so(
    archive: Archive,
) -> None:
    assert "RegisteredUsers" in str(ticketing(archive, accounts={"lab": "x"}).health()["warnings"])


def test_a_closed_attempt_is_refused(archive: Archive) -> None:
    confined = ticketing(archive)
    assert allows(confined, ticket=ticket(attempt=2))
    confined.attempts.close(REQUEST_ID, 2)
    assert not allows(confined, ticket=ticket(attempt=2))
    assert last_reason(confined) == "attempt_closed"


def test_an_archive_that_cannot_say_refuses_the_worker_and_nobody_else(
    orthanc: FakeOrthanc, archive: Archive
) -> None:
    confined = ticketing(archive)
    orthanc.is_broken = True
    assert not allows(confined, ticket=ticket())
    assert last_reason(confined) == "archive_unavailable"
    assert allows(confined, account="orthanc:long")


def test_health_of_a_good_configuration_complains_of_nothing(archive: Archive) -> None:
    assert ticketing(archive).health() == {
        "required": True,
        "account": "worker",
        "error": None,
        "warnings": [],
        "refused": 0,
        "last_refusal": None,
    }


def test_the_secret_is_not_shown_when_all_of_it_is_printed(archive: Archive) -> None:
    assert SECRET not in repr(ticketing(archive))


def test_an_instance_is_looked_up_in_the_archive(orthanc: FakeOrthanc, archive: Archive) -> None:
    orthanc.series[SERIES] = FakeSeries([mr_tags()])
    confined = ticketing(archive)
    unknown = "22222222-22222222-22222222-22222222-22222222"
    assert not allows(confined, f"/instances/{unknown}/file", ticket=ticket())
    assert orthanc.asked[-1] == f"/instances/{unknown}"
