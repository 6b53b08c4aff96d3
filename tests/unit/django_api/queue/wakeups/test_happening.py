from __future__ import annotations

import pytest
from builders.happenings import happening

from segrelay_contract.status import Transition

MAKE_WORK = {"create", "release", "expire", "requeue", "retry"}
ARE_ENDS = {"complete", "fail", "cancel"}


@pytest.mark.parametrize("kind", ["create", "stage", "of a newer version", *Transition])
def test_each_kind_makes_work_or_is_an_end_or_neither(kind: str) -> None:
    event = happening(kind)
    assert (event.makes_work, event.is_an_end) == (kind in MAKE_WORK, kind in ARE_ENDS)
