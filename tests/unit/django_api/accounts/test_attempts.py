from __future__ import annotations

import pytest

from segrelay_api.accounts import attempts as module
from segrelay_api.accounts.attempts import Attempts, site_of
from segrelay_api.accounts.errors import TooManyAttemptsError


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def attempts(clock: Clock) -> Attempts:
    return Attempts(most=3, within_seconds=60.0, clock=clock)


def note(attempts: Attempts, key: str, times: int) -> None:
    for _ in range(times):
        attempts.note(key)


def test_as_many_failures_as_allowed_may_happen(attempts: Attempts) -> None:
    note(attempts, "here", 2)
    attempts.refuse_too_many("here")
    attempts.note("here")
    with pytest.raises(TooManyAttemptsError) as refusal:
        attempts.refuse_too_many("here")
    assert refusal.value.wait_seconds == 60


def test_one_key_does_not_pay_for_another(attempts: Attempts) -> None:
    note(attempts, "here", 9)
    attempts.refuse_too_many("there")


def test_time_makes_room_for_one_failure_after_the_other(attempts: Attempts, clock: Clock) -> None:
    for _ in range(3):
        attempts.note("here")
        clock.now += 10
    assert attempts.wait_seconds("here") == 30
    clock.now += 30
    attempts.refuse_too_many("here")
    attempts.note("here")
    assert attempts.wait_seconds("here") == 10


def test_what_is_forgiven_does_not_count(attempts: Attempts) -> None:
    note(attempts, "here", 3)
    attempts.forgive("here")
    attempts.refuse_too_many("here")


def test_a_flood_of_addresses_does_not_fill_the_memory(
    attempts: Attempts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_KEYS", 5)
    note(attempts, "first", 3)
    for number in range(5):
        attempts.note(f"address {number}")
    assert attempts.wait_seconds("first") == 0
    assert len(attempts._failures) == 5  # noqa: SLF001 - memory is what this is about


@pytest.mark.parametrize(
    ("address", "site"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:aaaa::1", "20010db800010002/64"),
        ("2001:db8:1:2:bbbb::2", "20010db800010002/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("", ""),
    ],
)
def test_a_network_of_ipv6_counts_as_one_address(address: str, site: str) -> None:
    assert site_of(address) == site
