from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from segrelay_plugin.http_traffic import LONGEST_WAIT_SECONDS, HttpTraffic

LONGER = LONGEST_WAIT_SECONDS * 2


@dataclass
class Clock:
    """Goes on only while somebody sleeps; what is to happen then happens at its time."""

    now: float = 100.0
    slept: float = 0.0
    calls_at: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.traffic = HttpTraffic(now=lambda: self.now, sleep=self.sleep)

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        self.slept += seconds
        while self.calls_at and self.calls_at[0] <= self.now:
            self.calls_at.pop(0)
            self.traffic.begins()


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_where_nobody_calls_nothing_waits(clock: Clock) -> None:
    clock.traffic.wait_for_gap()
    assert clock.slept == 0


def test_just_after_a_call_has_begun_nothing_waits(clock: Clock) -> None:
    clock.traffic.begins()
    clock.traffic.wait_for_gap()
    assert clock.slept == 0


def test_what_comes_later_waits_for_the_next_call(clock: Clock) -> None:
    clock.traffic.begins()
    clock.now += LONGEST_WAIT_SECONDS / 4
    clock.calls_at = [clock.now + LONGEST_WAIT_SECONDS / 4]
    clock.traffic.wait_for_gap()
    assert clock.calls_at == []
    assert clock.slept == pytest.approx(LONGEST_WAIT_SECONDS / 4, rel=0.2)


def test_it_waits_no_longer_than_it_may(clock: Clock) -> None:
    clock.traffic.begins()
    clock.now += LONGEST_WAIT_SECONDS / 4
    clock.traffic.wait_for_gap()
    assert clock.slept == pytest.approx(LONGEST_WAIT_SECONDS * 3 / 4, rel=0.2)


def test_after_the_last_call_nothing_waits(clock: Clock) -> None:
    clock.traffic.begins()
    clock.now += LONGER
    clock.traffic.wait_for_gap()
    assert clock.slept == 0
