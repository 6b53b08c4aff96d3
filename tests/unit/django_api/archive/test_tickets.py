from __future__ import annotations

from datetime import UTC, datetime, timedelta

from builders.ticket_payload import payload_of

from segrelay_api.archive.tickets import issue_ticket
from segrelay_contract.examples import example
from segrelay_contract.tickets import TicketExample

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)
SHOWN = TicketExample.model_validate(example("ticket"))


def issued(*, secret: str = SHOWN.secret, at: datetime = NOON) -> str:
    return issue_ticket(
        secret=secret,
        request_id=SHOWN.payload.request,
        attempt=SHOWN.payload.attempt,
        series_ids=SHOWN.payload.series,
        study_id=SHOWN.payload.study,
        issued_at=at,
        expires_at=at + timedelta(seconds=120),
    )


def test_the_ticket_is_the_one_that_the_plugin_is_tested_with() -> None:
    assert issued() == SHOWN.ticket


def test_another_secret_signs_the_same_differently() -> None:
    signed, signature = issued(secret="another " * 4).split(".")
    assert signed == SHOWN.ticket.split(".")[0]
    assert signature != SHOWN.ticket.split(".")[1]


def test_parts_of_seconds_make_no_ticket_shorter_than_its_lease() -> None:
    said = payload_of(issued(at=NOON + timedelta(seconds=0.5)))
    assert (said.iat, said.exp) == (NOON.timestamp(), NOON.timestamp() + 121)
