from __future__ import annotations

import os
import sys

import pytest

from segrelay_worker.inference.in_parts import in_parts


@pytest.mark.parametrize("length", [0, 1, 5, 6])
def test_each_plane_is_in_one_part(length: int) -> None:
    done: list[int] = []
    in_parts(lambda part: done.extend(range(length)[part]), length, planes=3)
    assert sorted(done) == list(range(length))


def test_what_goes_wrong_in_a_part_is_raised() -> None:
    def fail(part: slice) -> None:
        raise ValueError(str(part.start))

    with pytest.raises(ValueError, match="0"):
        in_parts(fail, 4)


def test_a_system_that_cannot_say_which_processors_are_ours_computes_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.delattr(os, "sched_getaffinity")
    done: list[int] = []
    in_parts(lambda part: done.append(part.start), 9)
    assert sorted(done) == [0, 8]
