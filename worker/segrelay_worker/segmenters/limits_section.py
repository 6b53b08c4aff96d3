from __future__ import annotations

from typing import Annotated

from pydantic import Field, PositiveInt

from segrelay_worker.segmenters.section import Section

USUAL_SECONDS = 3600.0


class LimitsSection(Section):
    """How long one inference may take, and what may be given up where memory runs out.

    Without `smallest_window` windows keep their size. `half_precision` is for GPUs.
    """

    seconds: Annotated[float, Field(gt=0, allow_inf_nan=False)] = USUAL_SECONDS
    smallest_window: tuple[PositiveInt, PositiveInt, PositiveInt] | None = None
    half_precision: bool = False
