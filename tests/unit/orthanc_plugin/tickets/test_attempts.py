import pytest
from builders.tickets import NOW_SECONDS, SECRET, signed, ticket_payload

from segrelay_plugin.errors import ArchiveError, TicketRefusedError
from segrelay_plugin.tickets.attempts import Attempts
from segrelay_plugin.tickets.ticket import Ticket, verified_ticket


def ticket(attempt: int, request: str = "request-1") -> Ticket:
    text = signed(ticket_payload(attempt=attempt, request=request))
    return verified_ticket(text, secret=SECRET.encode(), now_seconds=NOW_SECONDS)


class Memory:
    """What the archive remembers, and how often it was asked."""

    def __init__(self, **closed: int) -> None:
        self.closed = {name.replace("_", "-"): attempt for name, attempt in closed.items()}
        self.asked: list[str] = []

    def __call__(self, asked: Ticket) -> int:
        self.asked.append(asked.request_id)
        return self.closed.get(asked.request_id, 0)


def refused(attempts: Attempts, shown: Ticket) -> str:
    with pytest.raises(TicketRefusedError) as caught:
        attempts.require_current(shown)
    return str(caught.value)


def test_an_older_attempt_is_over_once_a_newer_one_was_seen() -> None:
    attempts = Attempts(stored_closed=Memory())
    attempts.require_current(ticket(2))
    attempts.require_current(ticket(2))
    assert refused(attempts, ticket(1)) == "attempt_outdated"
    attempts.require_current(ticket(3))
    assert refused(attempts, ticket(2)) == "attempt_outdated"


def test_a_closed_attempt_is_over_and_the_next_one_is_not() -> None:
    attempts = Attempts(stored_closed=Memory())
    attempts.require_current(ticket(2))
    attempts.close("request-1", 2)
    assert refused(attempts, ticket(2)) == "attempt_closed"
    assert refused(attempts, ticket(1)) == "attempt_closed"
    attempts.require_current(ticket(3))


def test_what_was_closed_stays_closed_when_older_news_come_later() -> None:
    attempts = Attempts(stored_closed=Memory())
    attempts.close("request-1", 2)
    attempts.close("request-1", 1)
    assert refused(attempts, ticket(2)) == "attempt_closed"


def test_requests_know_nothing_of_each_other() -> None:
    attempts = Attempts(stored_closed=Memory())
    attempts.close("request-1", 9)
    attempts.require_current(ticket(5, "request-2"))
    attempts.require_current(ticket(1, "request-3"))


def test_after_a_restart_the_archive_tells_what_was_closed() -> None:
    memory = Memory(request_1=2)
    attempts = Attempts(stored_closed=memory)
    assert refused(attempts, ticket(2)) == "attempt_closed"
    attempts.require_current(ticket(3))
    assert memory.asked == ["request-1"]  # once, not with each call


def test_old_news_after_a_restart_do_not_hide_what_the_archive_remembers() -> None:
    attempts = Attempts(stored_closed=Memory(request_1=2))
    attempts.close("request-1", 1)
    assert refused(attempts, ticket(2)) == "attempt_closed"


def test_an_archive_that_cannot_say_lets_nobody_through_and_is_asked_again() -> None:
    def silent(_shown: Ticket) -> int:
        raise ArchiveError("database")

    attempts = Attempts(stored_closed=silent)
    for _ in range(2):
        with pytest.raises(ArchiveError):
            attempts.require_current(ticket(1))


def test_only_so_many_requests_are_remembered_the_latest_ones() -> None:
    memory = Memory(old=1)
    attempts = Attempts(stored_closed=memory, most=2)
    for request in ("old", "middle", "old", "new"):
        attempts.require_current(ticket(2, request))
    assert memory.asked == ["old", "middle", "new"]
    attempts.require_current(ticket(2, "old"))
    attempts.require_current(ticket(2, "middle"))  # was forgotten, and is learned again
    assert memory.asked == ["old", "middle", "new", "middle"]
