"""What model.toml may ask to be done to intensities: steps of `[[input.preprocessing]]`."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from segrelay_worker.segmenters.section import Section
from segrelay_worker.segmenters.text_forms import MONAI_TRANSFORM

Voxels = Literal["all", "nonzero"]
_Percent = Annotated[float, Field(ge=0, le=100)]


class ByRole(Section):
    """Each channel by itself; `roles` names those that are meant, all without it."""

    roles: Annotated[tuple[str, ...], Field(min_length=1)] | None = None


class _Range(ByRole):
    """From lower to upper becomes 0 to 1, and what lies outside is clipped."""

    lower: float
    upper: float

    @model_validator(mode="after")
    def _is_a_range(self) -> _Range:
        if self.lower >= self.upper:
            raise ValueError(f"expected lower < upper, got {self.lower} and {self.upper}")
        return self


class ZScore(ByRole):
    """Mean 0 and standard deviation 1."""

    step: Literal["zscore"]
    voxels: Voxels = "all"


class Percentiles(_Range):
    """The range is found in each channel."""

    step: Literal["percentiles"]
    lower: _Percent = 0.5
    upper: _Percent = 99.5
    voxels: Voxels = "all"


class MinMax(ByRole):
    """Darkest to brightest becomes 0 to 1."""

    step: Literal["min_max"]


class FixedWindow(_Range):
    """The same range for all."""

    step: Literal["window"]


class Landmarks(ByRole):
    """Percentiles of a channel are moved to the standard scale's values (Nyúl and Udupa 1999).

    Linear between landmarks; beyond the first and the last the nearest two go on.
    """

    step: Literal["landmarks"]
    percentiles: Annotated[tuple[_Percent, ...], Field(min_length=2)]
    values: tuple[float, ...]
    voxels: Voxels = "all"

    @model_validator(mode="after")
    def _is_a_scale(self) -> Landmarks:
        if len(self.percentiles) != len(self.values):
            raise ValueError(
                "expected as many values as percentiles, "
                f"got {len(self.values)} and {len(self.percentiles)}"
            )
        for name, numbers in (("percentiles", self.percentiles), ("values", self.values)):
            if any(first >= second for first, second in pairwise(numbers)):
                raise ValueError(f"expected {name} that grow, got {list(numbers)}")
        return self


class MonaiTransform(Section):
    """An array transform of MONAI's that changes intensities alone, called with all channels."""

    step: Literal["monai"]
    transform: Annotated[str, Field(pattern=MONAI_TRANSFORM)]
    arguments: Mapping[str, Any] = Field(default_factory=dict)


OwnIntensityStep = ZScore | Percentiles | MinMax | FixedWindow | Landmarks
