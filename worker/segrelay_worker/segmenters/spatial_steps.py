"""What model.toml may ask to be done to the grid: steps of `[[input.preprocessing]]`.

Probabilities come back to the grid of the series through all of them, last step first.
"""

from __future__ import annotations

from typing import Literal

from pydantic import NonNegativeInt, PositiveFloat, PositiveInt

from segrelay_worker.segmenters.section import Section


class Resample(Section):
    """Another voxel size, along the network's axes; `antialias` blurs before voxels grow."""

    step: Literal["resample"]
    spacing_mm: tuple[PositiveFloat, PositiveFloat, PositiveFloat]
    interpolation: Literal["linear", "cubic"] = "linear"
    antialias: bool = False


class CropForeground(Section):
    """The least box with all voxels of any role that are greater than `above`, and a margin.

    Nothing is found outside of it. Where no voxel is greater, the volume stays whole.
    """

    step: Literal["crop_foreground"]
    above: float = 0.0
    margin_voxels: NonNegativeInt = 0


class PadToMultiple(Section):
    """Zeros on both sides until each length is a multiple."""

    step: Literal["pad_to_multiple"]
    multiple: PositiveInt
