from __future__ import annotations

import pytest

from segrelay_contract.error_codes import ErrorCode
from segrelay_contract.series_rules.extent import Extent
from segrelay_contract.series_rules.inputs import InputPlace, judge_inputs

EDGES = ((0.0, 0.0, 1.0), (0.0, 1.0, 0.0), (1.0, 0.0, 0.0))
HERE = Extent((0.0, 0.0, 0.0), EDGES)
ELSEWHERE = Extent((9.0, 0.0, 0.0), EDGES)


def judged(*others: InputPlace, allowed: bool = False) -> list[tuple[ErrorCode, str]]:
    reasons = judge_inputs([InputPlace("t1", "1.2", HERE), *others], allow_different_frames=allowed)
    assert all(reason.parameters["reference"] == "t1" for reason in reasons)
    return [(reason.code, str(reason.parameters["role"])) for reason in reasons]


def test_inputs_of_one_frame_that_overlap_can_be_used() -> None:
    assert judged(InputPlace("flair", "1.2", HERE), InputPlace("t2", "1.2", HERE)) == []


def test_each_input_that_cannot_be_laid_over_the_reference_is_named() -> None:
    assert judged(InputPlace("flair", "1.3", HERE), InputPlace("t2", "1.2", ELSEWHERE)) == [
        (ErrorCode.DIFFERENT_FRAMES_OF_REFERENCE, "flair"),
        (ErrorCode.INPUTS_DO_NOT_OVERLAP, "t2"),
    ]


@pytest.mark.parametrize(
    ("extent", "codes"), [(HERE, []), (ELSEWHERE, [ErrorCode.INPUTS_DO_NOT_OVERLAP])]
)
def test_a_package_may_allow_different_frames_of_reference(
    extent: Extent, codes: list[ErrorCode]
) -> None:
    found = judged(InputPlace("flair", "1.3", extent), allowed=True)
    assert [code for code, _ in found] == codes


def test_an_extent_that_nobody_knows_is_no_obstacle() -> None:
    assert judged(InputPlace("flair", "1.2", None)) == []
