"""A model whose one long call lets no other Python thread run."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import BinaryIO

from fakes.stub_segmenter import WAIT_FILE_VARIABLE

from segrelay_worker.segmenters.machine import Machine
from segrelay_worker.segmenters.package import ModelPackage
from segrelay_worker.segmenters.segmenter import (
    PlacedChannels,
    Prediction,
    ReportFraction,
    Segmenter,
)


class DeafSegmenter:
    """Writes the file that the stub would wait for, then is busy for longer than any test."""

    def predict(self, channels: PlacedChannels, _report: ReportFraction) -> Prediction:
        Path(os.environ[WAIT_FILE_VARIABLE]).touch()
        re.match("(a+)+$", "a" * 64 + "b")  # tries 2**64 ways, all inside one call
        return Prediction(channels.array_cxyz)


def open_deaf(package: ModelPackage, weights: BinaryIO, machine: Machine) -> Segmenter:
    return DeafSegmenter()


DEAF_FORMATS = {"stub": open_deaf}
