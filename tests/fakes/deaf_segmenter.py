"""A model whose one long call lets no other Python thread run."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import BinaryIO

import numpy as np
from fakes.stub_segmenter import WAIT_FILE_VARIABLE
from numpy.typing import NDArray

from segrelay_worker.segmenters.package import ModelPackage
from segrelay_worker.segmenters.segmenter import ReportFraction, Segmenter


class DeafSegmenter:
    """Writes the file that the stub would wait for, then is busy for longer than any test."""

    def probabilities(
        self, volume_cxyz: NDArray[np.float32], _report: ReportFraction
    ) -> NDArray[np.float32]:
        Path(os.environ[WAIT_FILE_VARIABLE]).touch()
        re.match("(a+)+$", "a" * 64 + "b")  # tries 2**64 ways, all inside one call
        return volume_cxyz


def open_deaf(package: ModelPackage, weights: BinaryIO, device: str) -> Segmenter:
    return DeafSegmenter()


DEAF_FORMATS = {"stub": open_deaf}
