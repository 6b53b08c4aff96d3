import pytest
from builders.tickets import NOW_SECONDS, SECRET, signed, ticket_payload

from segrelay_plugin.errors import TicketRefusedError
from segrelay_plugin.tickets.admission import Admission
from segrelay_plugin.tickets.attempts import Attempts


def admission(secret: str = SECRET) -> Admission:
    attempts = Attempts(stored_closed=lambda _ticket: 0)
    return Admission(secret=secret.encode(), attempts=attempts, now=lambda: NOW_SECONDS)


def test_the_ticket_of_a_call_is_taken() -> None:
    headers = {"segrelay-ticket": signed(ticket_payload(attempt=3))}
    assert admission().ticket_of(headers).attempt == 3


def test_a_ticket_that_is_refused_makes_no_attempt_known() -> None:
    taking = admission()
    forged = signed(ticket_payload(attempt=9), secret="another secret of at least 32 bytes")
    with pytest.raises(TicketRefusedError, match="wrong_signature"):
        taking.ticket_of({"segrelay-ticket": forged})
    assert taking.ticket_of({"segrelay-ticket": signed(ticket_payload())}).attempt == 1


@pytest.mark.parametrize(
    ("secret", "headers", "reason"),
    [
        (SECRET, {}, "no_ticket"),
        (SECRET, {"segrelay-ticket": ""}, "malformed"),
        ("", {"segrelay-ticket": signed(ticket_payload(), secret="")}, "no_secret"),
        ("", {}, "no_secret"),
    ],
)
def test_without_ticket_or_secret_nobody_is_admitted(
    secret: str, headers: dict[str, str], reason: str
) -> None:
    with pytest.raises(TicketRefusedError, match=reason):
        admission(secret).ticket_of(headers)
