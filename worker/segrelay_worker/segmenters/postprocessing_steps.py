"""What model.toml may ask to be done to masks: `[[output.postprocessing]]`, in order."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, PositiveFloat, PositiveInt

from segrelay_worker.segmenters.section import Section


class _BySegment(Section):
    """Each segment by itself; `segments` names those that are meant by number, all without it."""

    segments: Annotated[tuple[PositiveInt, ...], Field(min_length=1)] | None = None


class LargestComponent(_BySegment):
    """Only the largest component stays; voxels that touch at a corner belong together."""

    step: Literal["largest_component"]


class FillHoles(_BySegment):
    """What the mask encloses on all sides belongs to it."""

    step: Literal["fill_holes"]


class MinimumVolume(_BySegment):
    """Components that are smaller are removed."""

    step: Literal["minimum_volume"]
    ml: PositiveFloat


PostprocessingStep = Annotated[
    LargestComponent | FillHoles | MinimumVolume, Field(discriminator="step")
]
