"""What was mended or given up on the way to a result: codes and their English sentences."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from segrelay_contract.error_codes import Parameters


class WarningCode(StrEnum):
    """Codes are for machines; `WARNING_SENTENCES` holds what each means."""

    COPIES_DROPPED = "copies_dropped"
    SLICE_INTERPOLATED = "slice_interpolated"
    INPUT_COVERS_PART = "input_covers_part"
    WINDOW_BATCH_REDUCED = "window_batch_reduced"
    WINDOWS_REDUCED = "windows_reduced"
    HALF_PRECISION_USED = "half_precision_used"
    OTHER_DEVICE_USED = "other_device_used"


WARNING_SENTENCES: Mapping[WarningCode, str] = MappingProxyType(
    {
        WarningCode.COPIES_DROPPED: (
            "{count} images were in the series twice, equal to the last pixel; "
            "one of each was used."
        ),
        WarningCode.SLICE_INTERPOLATED: (
            "One slice was missing, {after_mm} mm after the first one; the model was shown the "
            "mean of its neighbours there."
        ),
        WarningCode.INPUT_COVERS_PART: (
            "The {role} series covers {percent} percent of the {reference} series; "
            "elsewhere the model saw nothing of it."
        ),
        WarningCode.WINDOW_BATCH_REDUCED: (
            "There was too little memory for {asked} windows at a time; the model was shown {used}."
        ),
        WarningCode.WINDOWS_REDUCED: (
            "There was too little memory for windows of {asked} voxels; the model was shown "
            "windows of {used}, as its package allows."
        ),
        WarningCode.HALF_PRECISION_USED: (
            "There was too little memory for numbers of {asked} bits; the model calculated with "
            "{used}, as its package allows."
        ),
        WarningCode.OTHER_DEVICE_USED: (
            "There was too little memory on {asked}; the model ran on {used}."
        ),
    }
)


@dataclass(frozen=True)
class Mended:
    """One thing that was mended or given up: a code and what fills its sentence."""

    code: WarningCode
    parameters: Parameters = field(default_factory=dict)

    @property
    def sentence(self) -> str:
        """In English."""
        return WARNING_SENTENCES[self.code].format_map(dict(self.parameters))
