from __future__ import annotations

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
