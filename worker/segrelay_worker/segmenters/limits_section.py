from __future__ import annotations

from typing import Annotated

from pydantic import Field, PositiveInt

from segrelay_worker.segmenters.section import Section

USUAL_SECONDS = 3600.0


class LimitsSection(Section):
    """How long one inference may take, and what may be given up where memory runs out.

    `memory_gb` is what one takes of a GPU: a worker with less is not given the request. Without
    `smallest_window` windows keep their size. `half_precision` is for GPUs.
    """

    memory_gb: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None
    seconds: Annotated[float, Field(gt=0, allow_inf_nan=False)] = USUAL_SECONDS
    smallest_window: tuple[PositiveInt, PositiveInt, PositiveInt] | None = None
    half_precision: bool = False

    @property
    def memory_bytes(self) -> int | None:
        """As the queue counts it."""
        return None if self.memory_gb is None else round(self.memory_gb * 1e9)
