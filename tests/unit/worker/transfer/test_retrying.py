from __future__ import annotations

from itertools import islice

import pytest

from segrelay_worker.transfer.retrying import RetryPolicy, retry


class _PassingError(Exception):
    pass


class _Flaky:
    """Fails so often, then answers."""

    def __init__(self, failures: int) -> None:
        self.failures = failures

    def __call__(self) -> str:
        if self.failures:
            self.failures -= 1
            raise _PassingError
        return "answer"


def test_delays_double_up_to_the_longest_and_spread_by_chance() -> None:
    delays = list(islice(RetryPolicy(1.0, 5.0).delays(), 6))
    for delay, most in zip(delays, [1, 2, 4, 5, 5, 5], strict=True):
        assert most / 2 <= delay <= most


def test_a_passing_error_is_tried_again_after_a_pause() -> None:
    pauses: list[float] = []
    answer = retry(
        _Flaky(2),
        what="call",
        on=(_PassingError,),
        policy=RetryPolicy(1.0, 5.0),
        pause=pauses.append,
    )
    assert answer == "answer"
    assert len(pauses) == 2


def test_other_errors_leave_at_once() -> None:
    with pytest.raises(_PassingError):
        retry(
            _Flaky(1),
            what="call",
            on=(OSError,),
            policy=RetryPolicy(1.0, 5.0),
            pause=lambda _: None,
        )


def test_the_last_error_leaves_when_patience_ends() -> None:
    pauses: list[float] = []
    policy = RetryPolicy(1.0, 5.0, give_up_after_seconds=0.0)
    with pytest.raises(_PassingError):
        retry(_Flaky(1), what="call", on=(_PassingError,), policy=policy, pause=pauses.append)
    assert not pauses


def test_a_pause_that_raises_ends_the_trying() -> None:
    def stop(_: float) -> None:
        raise KeyError

    with pytest.raises(KeyError):
        retry(_Flaky(9), what="call", on=(_PassingError,), policy=RetryPolicy(1.0, 5.0), pause=stop)
