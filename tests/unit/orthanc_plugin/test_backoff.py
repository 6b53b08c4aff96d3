from itertools import pairwise

from segrelay_plugin.backoff import LONGEST_SECONDS, Backoff


def test_pauses_grow_up_to_a_limit() -> None:
    backoff = Backoff(first_seconds=1)
    pauses = [backoff.pause_seconds() for _ in range(12)]
    assert pauses[0] <= 1
    assert all(later > earlier for earlier, later in pairwise(pauses[:6]))
    assert 0.8 * LONGEST_SECONDS <= pauses[-1] <= LONGEST_SECONDS


def test_after_a_success_pauses_are_short_again() -> None:
    backoff = Backoff(first_seconds=1)
    for _ in range(5):
        backoff.pause_seconds()
    backoff.reset()
    assert backoff.pause_seconds() <= 1
