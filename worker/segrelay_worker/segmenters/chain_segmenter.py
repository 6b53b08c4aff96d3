from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from segrelay_worker.segmenters.freed_memory import free_memory
from segrelay_worker.segmenters.limits_section import LimitsSection
from segrelay_worker.segmenters.machine import Machine
from segrelay_worker.segmenters.memory_ladder import Run, first_that_fits, given_up, ladder
from segrelay_worker.segmenters.segmenter import PlacedChannels, Prediction, ReportFraction
from segrelay_worker.segmenters.torch_failures import MODEL_FAILURES, failure_of, is_shortage


class Chain(Protocol):
    """All that a library does from intensities to probabilities [segment, x, y, z]."""

    def __call__(
        self, channels: PlacedChannels, device: str, report: ReportFraction
    ) -> NDArray[np.float32]:
        """`report` takes fractions above 0 and below 1."""
        ...


class ChainSegmenter:
    """A model that brings its windows along: where memory runs out only the device can change."""

    def __init__(self, chain: Chain, machine: Machine) -> None:
        self._chain = chain
        whole = Run(machine.device, window=None)
        self._rungs = ladder(whole, LimitsSection(), machine.fallback_device)

    def predict(self, channels: PlacedChannels, report: ReportFraction) -> Prediction:
        """As the protocol says."""
        report(0.0)
        try:
            probabilities_sxyz, used = first_that_fits(
                self._rungs,
                lambda run: self._chain(channels, run.device, report),
                is_shortage=is_shortage,
                free=free_memory,
            )
        except MODEL_FAILURES as error:
            raise failure_of(error) from error
        report(1.0)
        return Prediction(probabilities_sxyz, given_up(self._rungs[0], used))
