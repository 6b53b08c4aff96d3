"""A model whose GPU is gone."""

from __future__ import annotations

from typing import BinaryIO

from segrelay_worker.segmenters.machine import Machine
from segrelay_worker.segmenters.package import ModelPackage
from segrelay_worker.segmenters.segmenter import (
    DeviceLostError,
    PlacedChannels,
    Prediction,
    ReportFraction,
    Segmenter,
)


class LostSegmenter:
    """Fails as a network does whose device is of no more use to its process."""

    def predict(self, _channels: PlacedChannels, _report: ReportFraction) -> Prediction:
        raise DeviceLostError("CUDA error: an illegal memory access was encountered")


def open_lost(package: ModelPackage, weights: BinaryIO, machine: Machine) -> Segmenter:
    return LostSegmenter()


LOST_FORMATS = {"stub": open_lost}
