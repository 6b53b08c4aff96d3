import pytest
from builders.tickets import NOW_SECONDS, SECRET, signature, signed, ticket_payload

from segrelay_contract.examples import example
from segrelay_plugin.errors import TicketRefusedError
from segrelay_plugin.tickets.ticket import Ticket, verified_ticket


def verified(text: str, *, now_seconds: float = NOW_SECONDS) -> Ticket:
    return verified_ticket(text, secret=SECRET.encode(), now_seconds=now_seconds)


def reason(text: str, *, now_seconds: float = NOW_SECONDS) -> str:
    with pytest.raises(TicketRefusedError) as caught:
        verified(text, now_seconds=now_seconds)
    return str(caught.value)


def without(key: str) -> dict[str, object]:
    payload = ticket_payload()
    del payload[key]
    return payload


def test_what_django_signed_is_believed() -> None:
    vector = example("ticket")
    payload = vector["payload"]
    ticket = verified_ticket(
        vector["ticket"], secret=vector["secret"].encode(), now_seconds=payload["iat"]
    )
    assert ticket == Ticket(
        request_id=payload["request"],
        attempt=payload["attempt"],
        series_ids=tuple(payload["series"]),
        study_id=payload["study"],
        issued_at=payload["iat"],
        expires_at=payload["exp"],
    )


def test_a_key_of_a_newer_version_is_ignored() -> None:
    assert verified(signed(ticket_payload(priority="urgent"))) == verified(signed(ticket_payload()))


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(-61, "not_yet_valid"), (-60, None), (0, None), (120, None), (121, "expired")],
)
def test_clocks_may_differ_by_a_minute(seconds: int, expected: str | None) -> None:
    text, now_seconds = signed(ticket_payload()), NOW_SECONDS + seconds
    if expected is None:
        assert verified(text, now_seconds=now_seconds).attempt == 1
    else:
        assert reason(text, now_seconds=now_seconds) == expected


def test_another_secret_signs_nothing() -> None:
    assert reason(signed(ticket_payload(), secret=SECRET + "!")) == "wrong_signature"


def test_an_altered_payload_is_refused() -> None:
    _, its_signature = signed(ticket_payload()).split(".")
    altered, _ = signed(ticket_payload(attempt=2)).split(".")
    assert reason(f"{altered}.{its_signature}") == "wrong_signature"


def test_each_character_of_the_signature_counts() -> None:
    """The last one too, of which two bits decode to nothing."""
    first, its_signature = signed(ticket_payload()).split(".")
    for place, character in enumerate(its_signature):
        other = "B" if character == "A" else chr(ord(character) ^ 1)
        altered = its_signature[:place] + other + its_signature[place + 1 :]
        assert reason(f"{first}.{altered}") in {"wrong_signature", "malformed"}


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "a.b.c",
        "no dots",
        "헤더.서명",
        signed(ticket_payload()) + "=",
        signed(ticket_payload()) + "\n",
        f" {signed(ticket_payload())}",
        "a" * 20_000 + "." + signature("a" * 20_000),
    ],
)
def test_what_has_not_the_form_of_a_ticket_is_none(text: str) -> None:
    assert reason(text) == "malformed"


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"{",
        b"\xff",
        b"[]",
        b"7",
        ticket_payload(v=2),
        ticket_payload(v="1"),
        *(without(key) for key in ticket_payload()),
        ticket_payload(request=""),
        ticket_payload(request=7),
        ticket_payload(attempt="1"),
        ticket_payload(attempt=True),
        ticket_payload(attempt=1.5),
        ticket_payload(series=[]),
        ticket_payload(series="11111111-11111111-11111111-11111111-11111111"),
        ticket_payload(series=[7]),
        ticket_payload(series=[""]),
        ticket_payload(study=["a"]),
        ticket_payload(iat="now"),
        ticket_payload(exp="tomorrow"),
    ],
)
def test_a_signature_on_something_else_makes_no_ticket(payload: dict[str, object] | bytes) -> None:
    assert reason(signed(payload)) == "malformed"


def test_a_payload_that_cannot_be_decoded_is_refused_also_when_it_is_signed() -> None:
    assert reason(f"A.{signature('A')}") == "malformed"
