"""Can the inputs of one model be laid over each other?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from segrelay_contract.error_codes import ErrorCode
from segrelay_contract.series_rules.extent import Extent, overlap
from segrelay_contract.series_rules.reason import Reason


@dataclass(frozen=True)
class InputPlace:
    """Where the volume of one role lies; an extent that nobody knows is no obstacle."""

    role: str
    frame_of_reference_uid: str
    extent: Extent | None


def judge_inputs(
    inputs: Sequence[InputPlace], *, allow_different_frames: bool
) -> tuple[Reason, ...]:
    """Why the others cannot be brought onto the grid of the first; empty if they can."""
    reference, *others = inputs
    return tuple(
        Reason(code, {"role": other.role, "reference": reference.role})
        for other in others
        for code in _obstacles(reference, other, is_any_frame_good=allow_different_frames)
    )


def _obstacles(
    reference: InputPlace, other: InputPlace, *, is_any_frame_good: bool
) -> list[ErrorCode]:
    is_one_frame = reference.frame_of_reference_uid == other.frame_of_reference_uid
    if not (is_one_frame or is_any_frame_good):
        return [ErrorCode.DIFFERENT_FRAMES_OF_REFERENCE]
    if reference.extent and other.extent and not overlap(reference.extent, other.extent):
        return [ErrorCode.INPUTS_DO_NOT_OVERLAP]
    return []
