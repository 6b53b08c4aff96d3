"""What model.toml may ask to be done to intensities: `[[input.intensity]]`, in order."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from segrelay_worker.segmenters.section import Section

Voxels = Literal["all", "nonzero"]
_Percent = Annotated[float, Field(ge=0, le=100)]


class _Range(Section):
    """From lower to upper becomes 0 to 1, and what lies outside is clipped."""

    lower: float
    upper: float

    @model_validator(mode="after")
    def _is_a_range(self) -> _Range:
        if self.lower >= self.upper:
            raise ValueError(f"expected lower < upper, got {self.lower} and {self.upper}")
        return self


class ZScore(Section):
    """Mean 0 and standard deviation 1."""

    method: Literal["zscore"]
    voxels: Voxels = "all"


class Percentiles(_Range):
    """The range is found in each channel."""

    method: Literal["percentiles"]
    lower: _Percent = 0.5
    upper: _Percent = 99.5
    voxels: Voxels = "all"


class MinMax(Section):
    """Darkest to brightest becomes 0 to 1."""

    method: Literal["min_max"]


class FixedWindow(_Range):
    """The same range for all."""

    method: Literal["window"]


IntensityStep = Annotated[
    ZScore | Percentiles | MinMax | FixedWindow, Field(discriminator="method")
]
