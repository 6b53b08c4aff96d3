from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from segrelay_worker.ways.trial import Mask, Tried, fastest_right, worst_dice
from segrelay_worker.ways.way import EAGER, Way

WANTED = np.zeros((1, 10, 10, 10), dtype=bool)
WANTED[0, :5] = True


class Played:
    """Stands for a built network: its mask, and how long it takes."""

    def __init__(self, seconds: float, mask: Mask = WANTED) -> None:
        self.seconds, self.mask, self.calls = seconds, mask, 0


class PlayedTime:
    def __init__(self) -> None:
        self.now = 0.0

    def mask_of(self, built: Played) -> Mask:
        built.calls += 1
        self.now += built.seconds
        return built.mask

    def clock(self) -> float:
        return self.now


def _way(name: str) -> Way:
    return Way(name, EAGER.build)


def _chosen(
    *ways: tuple[str, Callable[[], Played]], plain: Played | None = None, least: float = 0.999
) -> Tried[Played]:
    time = PlayedTime()
    return fastest_right(
        [(_way(name), build) for name, build in ways],
        plain=(EAGER, plain or Played(10.0)),
        mask_of=time.mask_of,
        least_dice=least,
        clock=time.clock,
    )


def _off_by(voxels: int) -> Mask:
    mask = WANTED.copy()
    mask[0, 5].flat[:voxels] = True
    return mask


def test_the_fastest_of_the_right_ones_is_chosen() -> None:
    found = _chosen(
        ("a", lambda: Played(4.0)), ("b", lambda: Played(2.0)), ("c", lambda: Played(3))
    )
    assert (found.way.name, found.seconds, found.dice) == ("b", 2.0, 1.0)


def test_plainly_it_is_computed_where_nothing_is_faster() -> None:
    assert _chosen(("slow", lambda: Played(11.0))).way is EAGER


def test_noise_is_refused_however_fast_it_comes() -> None:
    noise = np.random.default_rng(0).random(WANTED.shape) > 0.5
    assert _chosen(("noise", lambda: Played(0.1, noise))).way is EAGER


@pytest.mark.parametrize(("least", "name"), [(0.999, "eager"), (0.995, "other")])
def test_how_much_a_mask_may_differ_is_what_the_package_allows(least: float, name: str) -> None:
    mask = _off_by(3)
    assert 0.995 < worst_dice(mask, WANTED) < 0.999
    assert _chosen(("other", lambda: Played(1.0, mask)), least=least).way.name == name


def test_a_way_that_raises_is_passed_over() -> None:
    def broken() -> Played:
        raise RuntimeError("cannot be converted")

    assert _chosen(("broken", broken), ("good", lambda: Played(5.0))).way.name == "good"


def test_a_way_that_is_far_slower_is_not_tried_twice() -> None:
    slow, quick = Played(16.0), Played(9.0)
    _chosen(("slow", lambda: slow), ("quick", lambda: quick))
    assert (slow.calls, quick.calls) == (1, 2)


@pytest.mark.parametrize("value", [False, True])
def test_a_mask_of_nothing_or_of_everything_proves_nothing(value: bool) -> None:  # noqa: FBT001 - both
    plain = Played(10.0, np.full_like(WANTED, value))
    with pytest.raises(ValueError, match="marks nothing"):
        _chosen(("fast", lambda: Played(1.0, plain.mask)), plain=plain)


def test_the_worst_segment_counts() -> None:
    wanted = np.concatenate([WANTED, WANTED])
    mask = np.concatenate([WANTED, _off_by(100)])
    assert worst_dice(mask, wanted) == pytest.approx(1000 / 1100)


def test_a_segment_that_neither_holds_says_nothing_and_one_that_is_made_up_is_wrong() -> None:
    nothing = np.zeros_like(WANTED)
    assert worst_dice(np.concatenate([WANTED, nothing]), np.concatenate([WANTED, nothing])) == 1.0
    assert worst_dice(np.concatenate([WANTED, WANTED]), np.concatenate([WANTED, nothing])) == 0.0
